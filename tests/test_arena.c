/* The arena, and the whole generator when memory ends: each allocation fails in turn, libyaml's
   included, and each time the run must leave by the arena's jump with nothing lost. The linker
   wraps the allocation functions of everything that is linked statically into this program. */
#include "unit.h"

#include "emit/render.h"
#include "table/read.h"
#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *string);
void __wrap_free(void *block);

static size_t live;          /* blocks allocated and not freed */
static size_t until_failure; /* allocations that still succeed, this one included; 0: all do */
static bool failed;

static bool fails(void)
{
    if (until_failure == 0 || --until_failure > 0)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    void *block = fails() ? NULL : __real_malloc(size);
    live += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    bool impossible = size > PTRDIFF_MAX; /* the address sanitizer's calloc would abort */
    void *block = fails() || impossible ? NULL : __real_calloc(count, size);
    live += block != NULL;
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = fails() ? NULL : __real_realloc(block, size);
    live += moved != NULL && block == NULL;
    return moved;
}

char *__wrap_strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, string, size) : NULL;
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

/* ---- the arena itself */

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 7, 16, 17, 4096, 300000, 5, 262144, 64, 1 << 20, 3};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct run run;
    unsigned char *blocks[COUNT];
    RUN_BEGIN(&run, NULL, 0);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = arena_alloc(&run.arena, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(blocks[i][at], 0);
        memset(blocks[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(blocks[i][at], i + 1);
    run_end(&run);
    assert_int_equal(live, 0);
}

static void copies_and_formats_end_in_nul(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    assert_string_equal(arena_copy(&run.arena, "tokio", 3), "tok");
    assert_string_equal(arena_copy(&run.arena, "", 0), "");
    assert_string_equal(arena_format(&run.arena, "%s-%d", "a", 12), "a-12");
    assert_string_equal(arena_format(&run.arena, "%s", ""), "");
    run_end(&run);
}

static void a_text_grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct run run;
    RUN_BEGIN(&run, NULL, 0);
    struct text text = {.arena = &run.arena};
    for (int i = 0; i < 10000; i++)
        text_format(&text, "%04d", i);
    text_string(&text, "end");
    text_append(&text, "\0x", 2);
    assert_int_equal(text.length, 40005);
    assert_memory_equal(text.data, "00000001", 8);
    assert_memory_equal(text.data + 39996, "9999end\0x", 10);
    run_end(&run);
}

static void impossible_sizes_jump(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 64, SIZE_MAX / 2 + 1};
    static size_t jumps;
    static struct arena arena;
    if (setjmp(arena.out_of_memory) != 0)
        jumps++;
    if (jumps < sizeof sizes / sizeof sizes[0])
        arena_alloc(&arena, sizes[jumps]);
    assert_int_equal(jumps, sizeof sizes / sizeof sizes[0]);
    arena_free(&arena);
    assert_int_equal(live, 0);
}

static void count_up(void *count)
{
    ++*(int *)count;
}

static void cleanups_run_once(void **state)
{
    (void)state;
    struct run run;
    int count = 0;
    RUN_BEGIN(&run, NULL, 0);
    arena_at_free(&run.arena, count_up, &count);
    arena_at_free(&run.arena, count_up, &count);
    assert_int_equal(count, 0);
    arena_free(&run.arena);
    arena_free(&run.arena);
    assert_int_equal(count, 2);
}

/* ---- every allocation fails in turn */

struct source_row {
    const char *name;
    const char *path;
};

/* Good and bad, with what makes libyaml allocate: directives, anchors, tags, escapes, blocks. */
static const struct source_row source_rows[] = {
    {"the flagship survives each failed allocation", "configs/tokio.yaml"},
    {"several errors survive each failed allocation", "tests/bad/several.yaml"},
    {"a circle of aliases survives each failed allocation", "tests/bad/alias-cycle.yaml"},
    {"a tag survives each failed allocation", "tests/bad/tag-mapping.yaml"},
    {"directives survive each failed allocation", "tests/bad/second-document-directive.yaml"},
    {"escapes survive each failed allocation", "tests/bad/hostile-newline.yaml"},
    {"deep nesting survives each failed allocation", "tests/bad/depth.yaml"},
    {"a syntax error survives each failed allocation", "tests/bad/syntax-flow-open.yaml"},
};

/* The passes in the order of main. */
static void run_passes(struct arena *arena, const char *path, FILE *messages)
{
    struct diag diag = {.arena = arena, .file = path};
    static const char *const settings[] = {"release=manual", "relase=manual"};
    const struct overrides overrides = {"prefix", settings, 2};
    const struct node *root = read_source(path, &diag) ? read_tree(&diag) : NULL;
    const struct table *table = root ? validate_table(root, &overrides, &diag) : NULL;
    const struct plan *plan = table && diag.errors == 0 ? plan_table(arena, table, &diag) : NULL;
    diag_print(&diag, messages, true);
    static const struct naming naming = {"table.yaml", "allocator.c"};
    struct text errors = {.arena = arena};
    struct output *outputs;
    size_t count;
    if (plan)
        assert_true(render_outputs(arena, plan, &naming, &outputs, &count, &errors));
}

/* The sanitizers' arena makes each of its allocations one of malloc's, tens of thousands: there,
   only the first are all taken. */
static size_t next_failing(size_t failing)
{
    return failing + 1 + failing / 1000;
}

/* Runs with the given allocation failing. False if none was left to fail. */
static bool run_failing(const char *path, size_t failing, FILE *messages)
{
    static struct arena arena;
    static bool jumped;
    failed = false;
    jumped = false;
    memset(&arena, 0, sizeof arena);
    if (setjmp(arena.out_of_memory) == 0) {
        until_failure = failing;
        run_passes(&arena, path, messages);
    } else {
        jumped = true;
    }
    until_failure = 0;
    assert_int_equal(jumped, failed);
    arena_free(&arena);
    assert_int_equal(live, 0);
    return failed;
}

static void a_failed_allocation_leaves_by_the_jump_and_loses_nothing(void **state)
{
    const char *path = ((const struct source_row *)*state)->path;
    size_t failing = 1;
    FILE *messages = fopen("/dev/null", "w");
    assert_non_null(messages);
    while (run_failing(path, failing, messages))
        failing = next_failing(failing);
    assert_true(failing > 10); /* libyaml's buffers alone are more */
    assert_int_equal(fclose(messages), 0);
}

int main(void)
{
    TEST(blocks_are_zeroed_aligned_and_apart);
    TEST(copies_and_formats_end_in_nul);
    TEST(a_text_grows_and_keeps_what_it_has);
    TEST(impossible_sizes_jump);
    TEST(cleanups_run_once);
    TEST_ROWS(source_rows, a_failed_allocation_leaves_by_the_jump_and_loses_nothing);
    return unit_run("arena");
}
