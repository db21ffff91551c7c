/* libFuzzer: any bytes at all through the passes must end in an allocator or in messages. */
#include "emit/render.h"
#include "plan/plan.h"
#include "table/read.h"
#include "table/validate.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The passes in the order of main, without the last, which writes. */
static void run_passes(struct diag *diag)
{
    const struct node *root = read_tree(diag);
    const struct table *table = root ? validate_table(root, NULL, diag) : NULL;
    const struct plan *plan =
        table && diag->errors == 0 ? plan_table(diag->arena, table, diag) : NULL;
    if (!plan || diag->errors > 0)
        return;
    static const struct naming naming = {"table.yaml", "allocator.c"};
    struct text errors = {.arena = diag->arena};
    struct output *outputs;
    size_t count;
    if (!render_outputs(diag->arena, plan, &naming, &outputs, &count, &errors)) {
        fputs(errors.data, stderr);
        abort();
    }
}

/* Places must lie in the source and messages must print. */
static void print_messages(const struct diag *diag)
{
    char *printed = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&printed, &length);
    if (!stream)
        abort();
    diag_print(diag, stream, true);
    fclose(stream);
    if ((length != 0) != (diag->errors + diag->warnings != 0))
        abort();
    free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena, .file = "table.yaml"};
    if (setjmp(arena.out_of_memory) == 0) {
        diag.source = arena_copy(&arena, (const char *)data, size);
        diag.source_length = size;
        run_passes(&diag);
        print_messages(&diag);
    }
    arena_free(&arena);
    return 0;
}
