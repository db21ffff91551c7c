/* A library with the table tokio of its own, or, with PROGRAM, a program that shows its symbols and
   loads one: each has its own blocks, and sizes known and unknown take the same pools. */
#include "config-tokio.h"

__attribute__((visibility("default"))) bool work(bool (*inside)(void));

bool work(bool (*inside)(void))
{
    void *blocks[100];
    bool good = true;
    for (size_t i = 0; i < 100; i++) {
        blocks[i] = i % 2 == 0 ? tokio_alloc(64) : tokio_alloc(i);
        good = good && tokio_owns(blocks[i]);
    }
    good = good && (inside == NULL || inside());
    for (size_t i = 0; i < 100; i++) {
        if (i % 3 == 0) {
            tokio_free(blocks[i]);
        } else {
            tokio_free_sized(blocks[i], i % 2 == 0 ? 64 : i);
        }
    }
    return good && tokio_check();
}

#ifdef PROGRAM
#include <dlfcn.h>
#include <string.h>

static bool (*plugin)(bool (*inside)(void));

static bool work_of_plugin(void)
{
    return plugin(NULL);
}

int main(int argc, char **argv)
{
    void *const library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    void *const found = library != NULL ? dlsym(library, "work") : NULL;
    memcpy(&plugin, &found, sizeof plugin);
    return found != NULL && work(work_of_plugin) && work_of_plugin() ? 0 : 1;
}
#endif
