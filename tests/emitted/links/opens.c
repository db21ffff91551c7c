/* Opens a library that has the allocator, long after the start. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *symbol(void *library, const char *name)
{
    void *const found = dlsym(library, name);
    if (found == NULL) {
        puts(dlerror());
        exit(2);
    }
    return found;
}

int main(int argc, char **argv)
{
    void *const library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void *(*alloc)(size_t);
    void (*release)(void *);
    if (library == NULL) {
        puts(dlerror());
        return 2;
    }
    void *const functions[] = {symbol(library, "tokio_alloc"), symbol(library, "tokio_free")};
    memcpy(&alloc, &functions[0], sizeof alloc);
    memcpy(&release, &functions[1], sizeof release);
    void *const block = alloc(64);
    release(block);
    return block != NULL && alloc(64) == block ? 0 : 1;
}
