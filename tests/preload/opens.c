/* A program of C that opens a library of C++ for itself alone, as interpreters do, and runs it. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *const library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*run)(void) = NULL;
    if (library != NULL) {
        *(void **)&run = dlsym(library, "_Z3runv");
    }
    return run != NULL ? run() : 3;
}
