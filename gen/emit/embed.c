/* Build tool: `embed TEMPLATE... > embedded.c` turns templates into template_sources, so that
   poolgen is one file that needs nothing beside it. Templates are known by their base names. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { BYTES_PER_LINE = 20 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Prints the file as `static const unsigned char template_N[]`. Bytes, for a string literal may
   not be longer than 4,095 characters. */
static bool print_array(const char *path, int number)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return false;
    }
    printf("/* %s */\nstatic const unsigned char template_%d[] = {", base_name(path), number);
    int c;
    for (size_t count = 0; (c = getc(file)) != EOF; count++) {
        printf("%s%d,", count % BYTES_PER_LINE ? " " : "\n    ", c);
    }
    puts("\n};\n");
    bool good = !ferror(file);
    if (!good) {
        perror(path);
    }
    fclose(file);
    return good;
}

static void print_rows(int count, char **paths)
{
    puts("const struct template_source template_sources[] = {");
    for (int i = 0; i < count; i++) {
        printf("    {\"%s\", (const char *)template_%d, sizeof template_%d},\n",
               base_name(paths[i]), i, i);
    }
    puts("    {NULL, NULL, 0},\n};");
}

int main(int argc, char **argv)
{
    puts("/* Made by gen/emit/embed.c from templates/; do not edit. */\n"
         "#include \"emit/template.h\"\n");
    for (int i = 1; i < argc; i++) {
        if (!print_array(argv[i], i - 1)) {
            return 1;
        }
    }
    print_rows(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("embed: standard output");
        return 1;
    }
    return 0;
}
