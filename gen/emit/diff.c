#include "emit/diff.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { CONTEXT = 3, MAX_EDITS = 1000 };

struct line {
    const char *text;
    size_t length; /* with the line feed, if it has one */
};

struct lines {
    struct line *at;
    ptrdiff_t count;
};

/* A line of the diff: ' ' is in both texts, '-' only in the old, '+' only in the new. */
struct edit {
    char mark;
    struct line line;
};

struct edits {
    struct edit *at;
    size_t count;
};

static struct lines split(struct arena *arena, const struct diff_side *side)
{
    struct lines lines = {0};
    const char *end = side->text + side->length;
    size_t feeds = 0;
    for (size_t i = 0; i < side->length; i++) {
        feeds += side->text[i] == '\n';
    }
    lines.at = arena_alloc(arena, (feeds + 1) * sizeof *lines.at);
    for (const char *at = side->text; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *next = feed ? feed + 1 : end;
        lines.at[lines.count++] = (struct line){at, (size_t)(next - at)};
        at = next;
    }
    return lines;
}

static bool same(struct line a, struct line b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

static void add(struct edits *edits, char mark, struct line line)
{
    edits->at[edits->count++] = (struct edit){mark, line};
}

/* Row d of the search holds, for each diagonal k = old - new in -d, -d + 2, ..., d, how many old
   lines the furthest path with d edits has passed; diagonal k is entry (k + d) / 2. True if entry
   i is reached from the row before by an insertion, false if by a deletion. */
static bool comes_by_insertion(const ptrdiff_t *before, ptrdiff_t i, ptrdiff_t d)
{
    return i == 0 || (i != d && before[i - 1] < before[i]);
}

/* Fills rows until one reaches the end of both texts. Returns its number, or -1 past the cap. */
static ptrdiff_t search(struct arena *arena, const struct lines *old, const struct lines *new,
                        ptrdiff_t **rows)
{
    for (ptrdiff_t d = 0; d <= MAX_EDITS; d++) {
        rows[d] = arena_alloc(arena, (size_t)(d + 1) * sizeof **rows);
        for (ptrdiff_t i = 0; i <= d; i++) {
            ptrdiff_t x = 0;
            if (d > 0) {
                x = comes_by_insertion(rows[d - 1], i, d) ? rows[d - 1][i] : rows[d - 1][i - 1] + 1;
            }
            ptrdiff_t y = x - (2 * i - d);
            while (x < old->count && y < new->count &&same(old->at[x], new->at[y])) {
                x++;
                y++;
            }
            rows[d][i] = x;
            if (x >= old->count && y >= new->count) {
                return d;
            }
        }
    }
    return -1;
}

static void reverse(struct edit *edits, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct edit swapped = edits[i];
        edits[i] = edits[count - 1 - i];
        edits[count - 1 - i] = swapped;
    }
}

/* Walks from the end of both texts back through the rows, which gives the edits last first. */
static void trace_back(struct edits *edits, const struct lines *old, const struct lines *new,
                       ptrdiff_t *const *rows, ptrdiff_t d)
{
    size_t start = edits->count;
    ptrdiff_t x = old->count, y = new->count;
    for (; d > 0; d--) {
        ptrdiff_t i = (x - y + d) / 2;
        bool insertion = comes_by_insertion(rows[d - 1], i, d);
        ptrdiff_t from = insertion ? rows[d - 1][i] : rows[d - 1][i - 1] + 1;
        while (x > from) {
            add(edits, ' ', old->at[--x]);
            y--;
        }
        if (insertion) {
            add(edits, '+', new->at[--y]);
        } else {
            add(edits, '-', old->at[--x]);
        }
    }
    while (x > 0) {
        add(edits, ' ', old->at[--x]);
    }
    reverse(edits->at + start, edits->count - start);
}

static void compare_middles(struct arena *arena, struct edits *edits, const struct lines *old,
                            const struct lines *new)
{
    ptrdiff_t **rows = arena_alloc(arena, (MAX_EDITS + 1) * sizeof *rows);
    ptrdiff_t d = search(arena, old, new, rows);
    if (d >= 0) {
        trace_back(edits, old, new, rows, d);
        return;
    }
    for (ptrdiff_t i = 0; i < old->count; i++) {
        add(edits, '-', old->at[i]);
    }
    for (ptrdiff_t i = 0; i < new->count; i++) {
        add(edits, '+', new->at[i]);
    }
}

/* The whole of both texts as edits. Equal ends are taken off first: they need no search. */
static struct edits compare(struct arena *arena, struct lines old, struct lines new)
{
    struct edits edits = {
        .at = arena_alloc(arena, (size_t)(old.count + new.count) * sizeof *edits.at)};
    while (old.count && new.count && same(*old.at, *new.at)) {
        add(&edits, ' ', *old.at++);
        new.at++;
        old.count--;
        new.count--;
    }
    ptrdiff_t tail = 0;
    while (old.count && new.count && same(old.at[old.count - 1], new.at[new.count - 1])) {
        old.count--;
        new.count--;
        tail++;
    }
    compare_middles(arena, &edits, &old, &new);
    for (ptrdiff_t i = 0; i < tail; i++) {
        add(&edits, ' ', old.at[old.count + i]);
    }
    return edits;
}

static void print_edit(FILE *stream, const struct edit *edit)
{
    putc(edit->mark, stream);
    fwrite(edit->line.text, 1, edit->line.length, stream);
    if (edit->line.text[edit->line.length - 1] != '\n') {
        fputs("\n\\ No newline at end of file\n", stream);
    }
}

/* Prints one side's "first,count" of a hunk: a side without lines names the line before it. */
static void print_range(FILE *stream, char sign, size_t passed, size_t count)
{
    fprintf(stream, " %c%zu,%zu", sign, count ? passed + 1 : passed, count);
}

/* Index after the last edit of the hunk whose first change is `change`: hunks are apart if more
   than twice the context lies between their changes. */
static size_t hunk_end(const struct edits *edits, size_t change)
{
    size_t last = change;
    for (size_t i = change; i < edits->count && i - last <= 2 * CONTEXT + 1; i++) {
        if (edits->at[i].mark != ' ') {
            last = i;
        }
    }
    size_t end = last + 1 + CONTEXT;
    return end < edits->count ? end : edits->count;
}

static void print_hunk(FILE *stream, const struct edits *edits, size_t start, size_t end,
                       size_t passed_old, size_t passed_new)
{
    size_t in_old = 0, in_new = 0;
    for (size_t i = start; i < end; i++) {
        in_old += edits->at[i].mark != '+';
        in_new += edits->at[i].mark != '-';
    }
    fputs("@@", stream);
    print_range(stream, '-', passed_old, in_old);
    print_range(stream, '+', passed_new, in_new);
    fputs(" @@\n", stream);
    for (size_t i = start; i < end; i++) {
        print_edit(stream, &edits->at[i]);
    }
}

void diff_print(FILE *stream, struct arena *arena, const struct diff_side *before,
                const struct diff_side *after)
{
    struct edits edits = compare(arena, split(arena, before), split(arena, after));
    size_t passed_old = 0, passed_new = 0; /* lines before edit `at` */
    bool first = true;
    for (size_t at = 0, change = 0; change < edits.count; change++) {
        if (edits.at[change].mark == ' ') {
            continue;
        }
        size_t start = change - at > CONTEXT ? change - CONTEXT : at;
        size_t end = hunk_end(&edits, change);
        passed_old += start - at; /* all of them are in both */
        passed_new += start - at;
        if (first) {
            fprintf(stream, "--- %s\n+++ %s\n", before->label, after->label);
        }
        first = false;
        print_hunk(stream, &edits, start, end, passed_old, passed_new);
        for (at = start; at < end; at++) {
            passed_old += edits.at[at].mark != '+';
            passed_new += edits.at[at].mark != '-';
        }
        change = end - 1;
    }
}
