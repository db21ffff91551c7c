/* Rendering: which outputs there are, that their text is whole and only what the table asks for,
   and that a header never changes without its layout hash. What it does is tested in emitted/. */
#include "unit.h"

#include "base/text.h"
#include "emit/render.h"
#include "version.h"
#include <stdio.h>

#define ONE_POOL  "pools:\n  - {size: 64, initial_count: 64}\n"
#define TWO_POOLS "pools:\n  - {size: 16, initial_count: 64}\n  - {size: 48, initial_count: 64}\n"

/* Renders a table; the outputs live as long as the run. */
static struct output *render(struct run *run, const char *path, size_t *count)
{
    const struct naming naming = {"table.yaml", path};
    struct output *outputs;
    struct text errors = {.arena = &run->arena};
    const struct plan *plan = run_plan(run);
    if (!plan)
        fail_msg("refused: %s", run_messages(run));
    if (!render_outputs(&run->arena, plan, &naming, &outputs, count, &errors))
        fail_msg("%s", errors.data);
    return outputs;
}

#define RENDER_BEGIN(run, outputs, count, source)                                                  \
    size_t count;                                                                                  \
    RUN_BEGIN(run, source, strlen(source));                                                        \
    struct output *const outputs = render(run, "folder.c/stem.c", &(count))

/* ---- outputs */

struct output_row {
    const char *name;
    const char *emit;
    const char *paths[7];
};

static const struct output_row output_rows[] = {
    {"without front ends there is the C pair", "", {"folder.c/stem.c", "folder.c/stem.h"}},
    {"rust adds a Rust file",
     "emit: [rust]\n",
     {"folder.c/stem.c", "folder.c/stem.h", "folder.c/stem.rs"}},
    {"cpp adds a C++ header",
     "emit: [cpp]\n",
     {"folder.c/stem.c", "folder.c/stem.h", "folder.c/stem.hpp"}},
    {"zig adds a Zig file",
     "emit: [zig]\n",
     {"folder.c/stem.c", "folder.c/stem.h", "folder.c/stem.zig"}},
    {"malloc adds a file of its own",
     "emit: [malloc]\n",
     {"folder.c/stem.c", "folder.c/stem.h", "folder.c/stem-malloc.c"}},
    {"all front ends come in their order",
     "emit: [malloc, zig, cpp, rust]\n",
     {"folder.c/stem.c", "folder.c/stem.h", "folder.c/stem.rs", "folder.c/stem.hpp",
      "folder.c/stem.zig", "folder.c/stem-malloc.c"}},
};

static void a_table_has_its_outputs(void **state)
{
    const struct output_row *row = *state;
    char source[256];
    struct run run;
    snprintf(source, sizeof source, "name: t\n%s" ONE_POOL, row->emit);
    RENDER_BEGIN(&run, outputs, count, source);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(outputs[i].path, row->paths[i]);
        assert_int_equal(outputs[i].always, i == 0);
    }
    assert_null(row->paths[count]);
    run_end(&run);
}

/* ---- text */

struct form_row {
    const char *name, *name_again; /* of either test */
    const char *source;
};

#define FORM(what, source)                                                                         \
    {                                                                                              \
        "the text of " what " is clean", "the text of " what " is the same again", source          \
    }

static const struct form_row form_rows[] = {
    FORM("a table of one pool", "name: t\n" ONE_POOL),
    FORM("a table for one thread", "name: t\nthreads: none\n" ONE_POOL),
    FORM("a table with all front ends", "name: t\nemit: [rust, cpp, zig, malloc]\n" TWO_POOLS),
    FORM("a table for one thread with front ends",
         "name: t\nthreads: none\nemit: [rust, cpp, zig]\noversize: os\n" TWO_POOLS),
    FORM("a table that grows from malloc",
         "name: t\nexhausted: upstream\noversize: os\n" TWO_POOLS),
    FORM("a table with a budget for one thread without a system",
         "name: t\nexhausted: fail\noversize: fail\nthreads: none\nbudget: 1MiB\n" TWO_POOLS),
    FORM("a table with a budget for many threads without growth",
         "name: t\nexhausted: fail\noversize: fail\nbudget: 1MiB\n" TWO_POOLS),
    FORM("a table without caches",
         "name: t\nthread_cache: 0\nbatch: 1\nstats: counters\n" TWO_POOLS),
    FORM("a table of small caches",
         "name: t\nthread_cache: 4KiB\nstats: counters\noversize: os\n" TWO_POOLS
         "  - {size: 4096, initial_count: 9, exhausted: fail}\n"),
    FORM("a table of counters for one thread",
         "name: t\nthreads: none\nstats: counters\nrelease: manual\nalignment: 64\n" TWO_POOLS),
    FORM("a table of compares", "name: t\nalignment: 8\nselect: unrolled\n" TWO_POOLS),
    FORM("a table of entries",
         "name: t\nselect: table\n" TWO_POOLS "  - {size: 40000, initial_count: 1000}\n"),
    FORM("a table of bit arithmetic",
         "name: t\nselect: bits\nrelease: manual\n" ONE_POOL "  - {size: 128, initial_count: 9}\n"),
    FORM("a table for a chip",
         "name: t\ntarget: [bare]\nemit: [rust, cpp, zig]\nbudget: 64KiB\n" TWO_POOLS),
    FORM("a table for a chip with interrupts",
         "name: t\ntarget: [bare]\nthreads: critical\nstats: counters\nexhausted: hook\n" TWO_POOLS
         "  - {size: 64, initial_count: 9, exhausted: borrow, reserve: 2, section: .fast}\n"
         "  - {size: 80, initial_count: 9, exhausted: fail}\n"),
    FORM("a hardened table for a chip",
         "name: t\ntarget: [bare]\nharden: full\nselect: table\n" TWO_POOLS),
    FORM("a table with sections alone",
         "name: t\ntarget: [bare]\npools:\n  - {size: 16, initial_count: 9, section: .a}\n"
         "  - {size: 32, initial_count: 9, section: .b}\n"),
    FORM("a table of critical sections that grows",
         "name: t\nthreads: critical\noversize: os\nharden: full\n" TWO_POOLS),
    FORM("a table of large blocks",
         "name: t\n" TWO_POOLS "  - {size: 1048576, initial_count: 9}\n"
         "  - {size: 2097152, initial_count: 9}\n  - {size: 4194304, initial_count: 9}\n"),
};

/* No name of a template's is left; Zig has functions of such names, which a bracket follows. */
static void assert_no_names(const char *text, bool zig)
{
    for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@')) {
        const size_t letters =
            strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        assert_true(zig && letters > 0 && at[1 + letters] == '(');
    }
}

/* The text is C and not a template any more, without blanks at the ends of lines and without two
   empty lines together; what is said first is said first. */
static void assert_clean(const struct output *output)
{
    const char *text = output->text.data;
    const bool zig = strstr(output->path, ".zig");
    const bool slashes = zig || strstr(output->path, ".rs") || strstr(output->path, ".hpp");
    char first[128];
    snprintf(first, sizeof first, "%s generated by poolgen %s from table.yaml; do not edit%s\n",
             slashes ? "//" : "/*", POOLGEN_VERSION, slashes ? "" : " */");
    assert_int_equal(strlen(text), output->text.length);
    assert_memory_equal(text, first, strlen(first));
    assert_non_null(strstr(text, "SPDX-License-Identifier: 0BSD"));
    assert_null(strstr(text, "//%"));
    assert_no_names(text, zig);
    assert_null(strstr(text, " \n"));
    assert_null(strstr(text, "\t"));
    assert_null(strstr(text, "\n\n\n"));
    assert_int_equal(text[output->text.length - 1], '\n');
}

static void the_text_is_clean(void **state)
{
    const struct form_row *row = *state;
    struct run run;
    RENDER_BEGIN(&run, outputs, count, row->source);
    for (size_t i = 0; i < count; i++)
        assert_clean(&outputs[i]);
    run_end(&run);
}

/* The same table gives the same bytes, whatever has been rendered before. */
static void the_text_is_the_same_again(void **state)
{
    const struct form_row *row = *state;
    struct run run;
    RENDER_BEGIN(&run, outputs, count, row->source);
    size_t again_count;
    run.diag.first = run.diag.last = NULL;
    const struct output *again = render(&run, "folder.c/stem.c", &again_count);
    assert_int_equal(again_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(again[i].text.length, outputs[i].text.length);
        assert_memory_equal(again[i].text.data, outputs[i].text.data, outputs[i].text.length);
    }
    run_end(&run);
}

/* The source includes its own header, by the stem's name. */
static void a_source_includes_its_header(void **state)
{
    struct run run;
    (void)state;
    RENDER_BEGIN(&run, outputs, count, "name: t\n" ONE_POOL);
    assert_int_equal(count, 2);
    assert_non_null(strstr(outputs[0].text.data, "#include \"stem.h\"\n"));
    run_end(&run);
}

/* ---- only what the table asks for */

struct word_row {
    const char *name;
    const char *source;
    const char *has[8];
    const char *lacks[16];
};

static const struct word_row word_rows[] = {
    {"one thread needs no threads",
     "name: t\nthreads: none\n" ONE_POOL,
     {"t_free_lists", "mmap("},
     {"_Atomic", "__thread", "pthread", "atomic_", "stdatomic", "depot[", "_Alignas(128)"}},
    {"one thread with release: manual needs no time",
     "name: t\nthreads: none\nrelease: manual\n" ONE_POOL,
     {"t_free_lists", "mmap("},
     {"time.h", "clock_gettime", "T_LOOK"}},
    {"without growth, own mappings and malloc nothing of a system is there",
     "name: t\nthreads: none\nexhausted: fail\noversize: fail\n" ONE_POOL,
     {"t_free_lists"},
     {"mmap", "munmap", "mprotect", "madvise", "malloc(", "unistd", "GNU_SOURCE", "sys/", "_Atomic",
      "T_CAS", "time.h", "span"}},
    {"own mappings leave nothing of malloc",
     "name: t\noversize: os\n" ONE_POOL,
     {"mremap(", "_Atomic", "T_TLS"},
     {" malloc(", " calloc(", " realloc(", " free(", "posix_memalign(", "malloc.h"}},
    {"without growth nothing is reserved",
     "name: t\nexhausted: upstream\n" ONE_POOL,
     {" malloc(", "madvise("},
     {"PROT_NONE", "mprotect(", "segment"}},
    {"without a budget none is checked", "name: t\n" ONE_POOL, {"_Static_assert"}, {"budget"}},
    {"a budget is checked",
     "name: t\nbudget: 16MiB\n" ONE_POOL,
     {"the static objects fit the budget"},
     {NULL}},
    {"with release: manual no clock is read",
     "name: t\nrelease: manual\n" ONE_POOL,
     {"madvise("},
     {"clock_gettime", "time.h", "look_around"}},
    {"without counters none is kept",
     "name: t\n" ONE_POOL,
     {"fallbacks"},
     {"first_uses", "->allocs"}},
    {"counters are kept where they are asked for",
     "name: t\nstats: counters\n" ONE_POOL,
     {"first_uses"},
     {NULL}},
    {"hardened pools without own mappings ask for none",
     "name: t\ntarget: [bare]\nharden: full\n" ONE_POOL,
     {"t_judge("},
     {"mapped"}},
    {"a chip has nothing of a library",
     "name: t\ntarget: [bare]\nstats: counters\n" ONE_POOL,
     {"memcpy", "memset", "__builtin_trap"},
     {"errno", "stdio", "stdlib", "string.h", "malloc(", "_Atomic", "__thread", "PASSTHROUGH",
      "WATCH", "uint64_t", "ctzll", "clzll", "T_ENTER", "_clamp", " % "}},
    {"a chip without a fault macro has no texts in its flash",
     "name: t\ntarget: [bare]\n" ONE_POOL,
     {"T_FAULT_NUMBERS"},
     {"abort()", "fprintf", "snprintf"}},
    {"critical sections are there where they are asked for",
     "name: t\ntarget: [bare]\nthreads: critical\n" ONE_POOL,
     {"T_CRITICAL_H", "T_ENTER()", "T_LEAVE(state)", "t_alloc_isr"},
     {"_Atomic", "t_wish"}},
    {"without thread caches a thread has no state but that it waits for the system",
     "name: t\nthread_cache: 0\nbatch: 1\n" ONE_POOL,
     {"_Atomic", "T_TLS volatile bool t_waiting"},
     {"pthread", "t_cache"}},
};

/* Blanks out what the text has for tools: that, between two lines, which is not compiled without
 * one. */
static void drop(char *text, const char *from, const char *to)
{
    for (char *at, *end; (at = strstr(text, from)) && (end = strstr(at, to)); text = end)
        memset(at, ' ', (size_t)(end - at));
}

static void source_has_only_what_is_asked_for(void **state)
{
    const struct word_row *row = *state;
    struct run run;
    RENDER_BEGIN(&run, outputs, count, row->source);
    assert_true(count >= 2);
    char *source = arena_copy(&run.arena, outputs[0].text.data, outputs[0].text.length);
    drop(source, "#if T_PASSTHROUGH || T_WATCH\n", "#endif /* malloc */");
    drop(source, "#if T_PASSTHROUGH\n", "#endif /* malloc */");
    drop(source, "#if T_WATCH\n", "#else /* T_WATCH */");
    drop(source, "#if T_WATCH || T_PASSTHROUGH\n", "#else /* own mappings */");
    for (size_t i = 0; row->has[i]; i++)
        if (!strstr(source, row->has[i]))
            fail_msg("lacks %s", row->has[i]);
    for (size_t i = 0; row->lacks[i]; i++)
        if (strstr(source, row->lacks[i]) || strstr(outputs[1].text.data, row->lacks[i]))
            fail_msg("has %s", row->lacks[i]);
    run_end(&run);
}

/* ---- the header and its hash */

static const char *const header_tables[] = {
    "name: t\n" TWO_POOLS,
    "name: t\nrelease: manual\n" TWO_POOLS,
    "name: t\nexhausted: fail\n" TWO_POOLS,
    "name: t\nexhausted: upstream\n" TWO_POOLS,
    "name: t\noversize: os\n" TWO_POOLS,
    "name: t\noversize: fail\n" TWO_POOLS,
    "name: t\ngrow_limit: 8MiB\n" TWO_POOLS,
    "name: t\nbudget: 16MiB\n" TWO_POOLS,
    "name: t\nbatch: 5\n" TWO_POOLS,
    "name: t\nthread_cache: 2KiB\n" TWO_POOLS,
    "name: t\nthread_cache: 0\nbatch: 1\n" TWO_POOLS,
    "name: t\nselect: unrolled\n" TWO_POOLS,
    "name: t\nselect: table\n" TWO_POOLS,
    "name: t\nemit: [rust]\n" TWO_POOLS,
    "name: t\nstats: counters\n" TWO_POOLS,
    "name: t\nalignment: 8\n" TWO_POOLS,
    "name: t\nthreads: none\n" TWO_POOLS,
    "name: t\nthreads: none\nexhausted: fail\noversize: fail\n" TWO_POOLS,
    "name: t\nthreads: none\nstats: counters\n" TWO_POOLS,
    "name: t\nthreads: none\nexhausted: fail\noversize: fail\nbudget: 5000\n" TWO_POOLS,
    "name: t\ntarget: [bare]\n" TWO_POOLS,
    "name: t\ntarget: [bare]\nthreads: critical\n" TWO_POOLS,
    "name: t\ntarget: [bare]\nexhausted: hook\n" TWO_POOLS,
    "name: t\ntarget: [bare]\nharden: check\n" TWO_POOLS,
    "name: t\ntarget: [bare]\nharden: full\n" TWO_POOLS,
    "name: t\ntarget: [bare]\nstats: counters\n" TWO_POOLS,
    "name: t\nthreads: critical\n" TWO_POOLS,
    "name: t\nthreads: critical\nexhausted: fail\n" TWO_POOLS,
    "name: t\nthreads: critical\nexhausted: hook\noversize: fail\n" TWO_POOLS,
    "name: t\nexhausted: hook\n" TWO_POOLS,
    "name: u\n" TWO_POOLS,
    "name: t\n" ONE_POOL,
    "name: t\n" TWO_POOLS "  - {size: 40000, initial_count: 1000}\n",
};
enum { HEADER_TABLES = sizeof header_tables / sizeof header_tables[0] };

struct header {
    uint64_t hash;
    char *code; /* without comments and without the hash */
};

/* Blanks out comments, and the digits of the hash. */
static void strip(char *code, uint64_t hash)
{
    char digits[17];
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
    for (char *at; (at = strstr(code, "/*"));) {
        char *end = strstr(at, "*/");
        assert_non_null(end);
        memset(at, ' ', (size_t)(end + 2 - at));
    }
    for (char *at; (at = strstr(code, digits));)
        memset(at, ' ', 16);
    char *to = code;
    for (const char *from = code; *from; from++)
        if (*from != ' ' && *from != '\n')
            *to++ = *from;
    *to = '\0';
}

static void render_header(struct arena *arena, const char *source, struct header *header)
{
    struct run run;
    RENDER_BEGIN(&run, outputs, count, source);
    assert_true(count >= 2);
    header->hash = run_plan(&run)->layout_hash;
    header->code = arena_copy(arena, outputs[1].text.data, outputs[1].text.length);
    run_end(&run);
    strip(header->code, header->hash);
}

/* Two headers whose code differs have two hashes, so that none links with the other's source. */
static void no_header_changes_without_its_hash(void **state)
{
    struct header headers[HEADER_TABLES];
    struct arena arena = {0};
    size_t different = 0;
    (void)state;
    for (size_t i = 0; i < HEADER_TABLES; i++)
        render_header(&arena, header_tables[i], &headers[i]);
    for (size_t i = 0; i < HEADER_TABLES; i++)
        for (size_t j = 0; j < i; j++) {
            if (strcmp(headers[i].code, headers[j].code) == 0)
                continue;
            different++;
            if (headers[i].hash == headers[j].hash)
                fail_msg("one hash for two headers, of:\n%s\nand of:\n%s", header_tables[i],
                         header_tables[j]);
        }
    assert_true(different > 100);
    arena_free(&arena);
}

int main(void)
{
    TEST_ROWS(output_rows, a_table_has_its_outputs);
    TEST_ROWS(form_rows, the_text_is_clean);
    for (size_t i = 0; i < sizeof form_rows / sizeof form_rows[0]; i++)
        unit_add(form_rows[i].name_again, the_text_is_the_same_again, &form_rows[i]);
    TEST(a_source_includes_its_header);
    TEST_ROWS(word_rows, source_has_only_what_is_asked_for);
    TEST(no_header_changes_without_its_hash);
    return unit_run("render");
}
