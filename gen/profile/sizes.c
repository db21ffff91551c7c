/* The sizes worth considering are the requested ones, each rounded up to the granule and to each
   alignment that is asked for: any other pool could shrink to one of those and serve the same.

   Without alignments beyond the granule, a set of pools is a path through the candidates, and a
   step from p' to p costs what p loses on the items between the two. That cost is concave (it is a
   sum of weights times a distance), so the best predecessor never moves backwards as p grows, and
   each layer of the dynamic programme takes n log n steps by divide and conquer (Yao 1980).

   An alignment beyond the granule makes a class of its own: its items are passed on by every pool
   that is not a multiple of it. So a state is (last pool, for each class the number of its items
   already served); for a fixed second part the step costs are as before, and serving a class adds
   an amount that depends on the new pool alone. */
#include "profile/sizes.h"
#include <stdlib.h>
#include <string.h>

#define UNREACHED (UINT64_MAX / 4)

/* Candidates x states x pools: about half a second, and 4 bytes each. */
enum { MOST_CELLS = 24000000, MOST_STATES = 1 << 18, MOST_CLASSES = 13 };

/* Items of one alignment beyond the granule, merged where they round up to the same multiple. */
struct class
{
    uint64_t alignment;
    size_t count;
    uint64_t *position;  /* bytes, ascending multiples of the alignment */
    uint64_t *weight_to; /* sums over items before the index: count + 1 of them */
    uint64_t *bytes_to;
    size_t *served_by; /* by candidate: number of items that fit in it */
    size_t radix;      /* of its digit in a state's number */
};

/* Where a state came from: the candidate before it in the low bits, the state above. */
enum { CANDIDATE_BITS = 14 };
typedef uint32_t step;
_Static_assert(SIZES_LARGEST / 8 + 1 < 1 << CANDIDATE_BITS, "a candidate fits in a step");

struct problem {
    struct arena *arena;
    uint64_t granule;
    uint64_t *sizes;     /* candidates, ascending, from index 1; index 0 is "no pool yet" */
    size_t count;        /* of candidates */
    uint64_t *weight_to; /* plain items up to a candidate */
    uint64_t *bytes_to;
    struct class classes[MOST_CLASSES];
    size_t class_count;
    size_t states; /* combinations of items served */
};

/* ---- candidates */

static uint64_t round_up(uint64_t size, uint64_t multiple)
{
    return (size + multiple - 1) / multiple * multiple;
}

/* The least pool size that holds `size`. */
static uint64_t fit(uint64_t size, uint64_t granule)
{
    uint64_t power = 8;
    while (power < size) {
        power *= 2;
    }
    return power < granule ? power : round_up(size == 0 ? 1 : size, granule);
}

/* What a request needs of a pool's size, if the pool has the granule's alignment. */
static uint64_t needed_size(const struct sizes_item *item)
{
    return round_up(item->size == 0 ? 1 : item->size, item->alignment);
}

/* A set of sizes, by size / 8. */
enum { SLOTS = SIZES_LARGEST / 8 + 1 };

static void mark(bool *set, uint64_t size)
{
    set[size / 8] = true;
}

/* The marked sizes, ascending. */
static uint64_t *list_marked(struct arena *arena, const bool *set, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        *count += set[i];
    }
    uint64_t *sizes = arena_alloc(arena, (*count + 1) * sizeof *sizes), *next = sizes;
    for (size_t i = 0; i < SLOTS; i++) {
        if (set[i]) {
            *next++ = i * 8;
        }
    }
    return sizes;
}

static void find_candidates(struct problem *problem, const struct sizes_item *items, size_t count)
{
    bool *set = arena_alloc(problem->arena, SLOTS);
    set[0] = true;
    for (size_t i = 0; i < count; i++) {
        uint64_t needed = needed_size(&items[i]);
        if (items[i].alignment <= problem->granule) {
            mark(set, fit(needed, problem->granule));
        }
        for (size_t c = 0; c < problem->class_count; c++) {
            if (items[i].alignment <= problem->classes[c].alignment) {
                mark(set, round_up(needed, problem->classes[c].alignment));
            }
        }
    }
    problem->sizes = list_marked(problem->arena, set, &problem->count);
    problem->count--; /* index 0 is "no pool yet" */
}

static void sum_plain(struct problem *problem, const struct sizes_item *items, size_t count)
{
    size_t entries = problem->count + 1;
    problem->weight_to = arena_alloc(problem->arena, entries * sizeof(uint64_t));
    problem->bytes_to = arena_alloc(problem->arena, entries * sizeof(uint64_t));
    for (size_t i = 0; i < count; i++) {
        if (items[i].alignment > problem->granule) {
            continue;
        }
        uint64_t least = fit(needed_size(&items[i]), problem->granule);
        size_t at = sizes_serving(problem->sizes, problem->count + 1, least, 1);
        problem->weight_to[at] += items[i].weight;
        problem->bytes_to[at] += items[i].bytes;
    }
    for (size_t i = 1; i < entries; i++) {
        problem->weight_to[i] += problem->weight_to[i - 1];
        problem->bytes_to[i] += problem->bytes_to[i - 1];
    }
}

/* ---- classes */

static void find_classes(struct problem *problem, const struct sizes_item *items, size_t count)
{
    for (uint64_t alignment = problem->granule * 2; alignment <= SIZES_ALIGNMENT; alignment *= 2) {
        bool *set = arena_alloc(problem->arena, SLOTS);
        for (size_t i = 0; i < count; i++) {
            if (items[i].alignment == alignment) {
                mark(set, needed_size(&items[i]));
            }
        }
        struct class *class = &problem->classes[problem->class_count];
        class->alignment = alignment;
        class->position = list_marked(problem->arena, set, &class->count);
        if (class->count > 0) {
            problem->class_count++;
        }
    }
}

static void sum_class(struct problem *problem, struct class *class, const struct sizes_item *items,
                      size_t count)
{
    size_t entries = class->count + 1;
    class->weight_to = arena_alloc(problem->arena, entries * sizeof(uint64_t));
    class->bytes_to = arena_alloc(problem->arena, entries * sizeof(uint64_t));
    for (size_t i = 0; i < count; i++) {
        if (items[i].alignment != class->alignment) {
            continue;
        }
        size_t at = sizes_serving(class->position, class->count, needed_size(&items[i]), 1);
        class->weight_to[at + 1] += items[i].weight;
        class->bytes_to[at + 1] += items[i].bytes;
    }
    for (size_t i = 1; i < entries; i++) {
        class->weight_to[i] += class->weight_to[i - 1];
        class->bytes_to[i] += class->bytes_to[i - 1];
    }
}

static double count_states(const struct problem *problem)
{
    double states = 1;
    for (size_t c = 0; c < problem->class_count; c++) {
        states *= (double)(problem->classes[c].count + 1);
    }
    return states;
}

static void number_states(struct problem *problem)
{
    problem->states = 1;
    for (size_t c = 0; c < problem->class_count; c++) {
        problem->classes[c].radix = problem->states;
        problem->states *= problem->classes[c].count + 1;
    }
}

static void find_served(struct problem *problem)
{
    for (size_t c = 0; c < problem->class_count; c++) {
        struct class *class = &problem->classes[c];
        class->served_by = arena_alloc(problem->arena, (problem->count + 1) * sizeof(size_t));
        for (size_t p = 1; p <= problem->count; p++) {
            size_t served = class->served_by[p - 1];
            while (served < class->count && class->position[served] <= problem->sizes[p]) {
                served++;
            }
            class->served_by[p] = served;
        }
    }
}

/* What a pool of `size` bytes loses on the items from..to of a class. */
static uint64_t cost_of_items(const struct class *class, uint64_t size, size_t from, size_t to)
{
    return (class->weight_to[to] - class->weight_to[from]) * size -
           (class->bytes_to[to] - class->bytes_to[from]);
}

/* The state after a pool joins, and in *lost what it loses on the aligned items it serves. */
static size_t serve_classes(const struct problem *problem, size_t state, size_t candidate,
                            uint64_t *lost)
{
    uint64_t size = problem->sizes[candidate];
    *lost = 0;
    for (size_t c = 0; c < problem->class_count; c++) {
        const struct class *class = &problem->classes[c];
        if (size % class->alignment != 0) {
            continue;
        }
        size_t before = state / class->radix % (class->count + 1);
        size_t after = class->served_by[candidate];
        if (after <= before) {
            continue;
        }
        *lost += cost_of_items(class, size, before, after);
        state += (after - before) * class->radix;
    }
    return state;
}

/* ---- the dynamic programme */

/* Costs of one layer, of its predecessor, and for one state the best predecessors. */
struct layer {
    const struct problem *problem;
    const uint64_t *before; /* by candidate, of the state at hand */
    uint64_t *best;
    uint32_t *from;
};

static uint64_t cost_of_step(const struct problem *problem, size_t from, size_t to)
{
    return (problem->weight_to[to] - problem->weight_to[from]) * problem->sizes[to] -
           (problem->bytes_to[to] - problem->bytes_to[from]);
}

/* Fills best and from for candidates first..last, whose best predecessors lie in low..high. */
static void fill(struct layer *layer, size_t first, size_t last, size_t low, size_t high)
{
    while (first <= last) {
        size_t middle = (first + last) / 2, best_from = low;
        uint64_t best = UNREACHED;
        for (size_t from = low; from <= high && from < middle; from++) {
            if (layer->before[from] >= UNREACHED) {
                continue;
            }
            uint64_t cost = layer->before[from] + cost_of_step(layer->problem, from, middle);
            if (cost < best) {
                best = cost;
                best_from = from;
            }
        }
        layer->best[middle] = best;
        layer->from[middle] = (uint32_t)best_from;
        /* Where nothing leads to the middle, nothing leads to what lies before it. */
        if (best < UNREACHED) {
            fill(layer, first, middle - 1, low, best_from);
        } else {
            for (size_t p = first; p < middle; p++) {
                layer->best[p] = UNREACHED;
            }
        }
        low = best_from;
        first = middle + 1;
    }
}

/* One more pool: from `before` to `after`, both [state][candidate]. */
static void add_layer(const struct problem *problem, const uint64_t *before, uint64_t *after,
                      step *steps, struct layer *layer)
{
    size_t width = problem->count + 1;
    for (size_t i = 0; i < problem->states * width; i++) {
        after[i] = UNREACHED;
    }
    for (size_t state = 0; state < problem->states; state++) {
        layer->before = before + state * width;
        bool reached = false;
        for (size_t p = 0; p < width && !reached; p++) {
            reached = layer->before[p] < UNREACHED;
        }
        if (!reached) {
            continue;
        }
        fill(layer, 1, problem->count, 0, problem->count);
        for (size_t p = 1; p < width; p++) {
            if (layer->best[p] >= UNREACHED) {
                continue;
            }
            uint64_t lost;
            size_t next = serve_classes(problem, state, p, &lost);
            if (layer->best[p] + lost < after[next * width + p]) {
                after[next * width + p] = layer->best[p] + lost;
                steps[next * width + p] = (step)state << CANDIDATE_BITS | layer->from[p];
            }
        }
    }
}

/* The best of a layer that serves everything; UNREACHED if none does. */
static uint64_t find_end(const struct problem *problem, const uint64_t *costs, size_t *candidate)
{
    size_t width = problem->count + 1;
    uint64_t best = UNREACHED;
    const uint64_t *complete = costs + (problem->states - 1) * width;
    for (size_t p = problem->count; p >= 1; p--) {
        if (problem->weight_to[p] != problem->weight_to[problem->count]) {
            break;
        }
        if (complete[p] < best) {
            best = complete[p];
            *candidate = p;
        }
    }
    return best;
}

static void trace_back(const struct problem *problem, step *const *layers, size_t candidate,
                       struct choice *choice)
{
    size_t width = problem->count + 1, state = problem->states - 1;
    choice->sizes = arena_alloc(problem->arena, choice->count * sizeof(uint64_t));
    for (size_t k = choice->count; k-- > 0;) {
        choice->sizes[k] = problem->sizes[candidate];
        step from = layers[k][state * width + candidate];
        candidate = from & ((1U << CANDIDATE_BITS) - 1);
        state = from >> CANDIDATE_BITS;
    }
}

static struct choices search(const struct problem *problem, size_t most)
{
    struct arena *arena = problem->arena;
    size_t width = problem->count + 1, cells = problem->states * width;
    uint64_t *before = arena_alloc(arena, cells * sizeof *before);
    uint64_t *after = arena_alloc(arena, cells * sizeof *after);
    step **layers = arena_alloc(arena, most * sizeof *layers);
    struct layer layer = {.problem = problem};
    layer.best = arena_alloc(arena, width * sizeof *layer.best);
    layer.from = arena_alloc(arena, width * sizeof *layer.from);
    struct choices choices = {0};
    choices.best = arena_alloc(arena, most * sizeof *choices.best);

    for (size_t i = 0; i < cells; i++) {
        before[i] = UNREACHED;
    }
    before[0] = 0;
    for (size_t k = 0; k < most; k++) {
        layers[k] = arena_alloc(arena, cells * sizeof **layers);
        add_layer(problem, before, after, layers[k], &layer);
        struct choice *choice = &choices.best[k];
        size_t candidate = 0;
        choice->count = k + 1;
        choice->lost = find_end(problem, after, &candidate);
        if (choice->lost >= UNREACHED) {
            break; /* more pools than candidates */
        }
        trace_back(problem, layers, candidate, choice);
        choices.count = k + 1;
        uint64_t *swap = before;
        before = after;
        after = swap;
    }
    return choices;
}

/* ---- too many aligned sizes for that: start from a neighbour of the problem and improve */

/* The same candidates, with every aligned item served by any pool that it fits in. */
static struct problem forget_classes(const struct problem *problem)
{
    struct problem plain = *problem;
    size_t entries = problem->count + 1;
    plain.class_count = 0;
    plain.weight_to = arena_alloc(problem->arena, entries * sizeof(uint64_t));
    plain.bytes_to = arena_alloc(problem->arena, entries * sizeof(uint64_t));
    for (size_t p = 0; p < entries; p++) {
        plain.weight_to[p] = problem->weight_to[p];
        plain.bytes_to[p] = problem->bytes_to[p];
        for (size_t c = 0; c < problem->class_count; c++) {
            const struct class *class = &problem->classes[c];
            plain.weight_to[p] += class->weight_to[class->served_by[p]];
            plain.bytes_to[p] += class->bytes_to[class->served_by[p]];
        }
    }
    return plain;
}

/* What a set of candidates really loses; UNREACHED if it leaves an item unserved. */
static uint64_t cost_of_set(const struct problem *problem, const size_t *set, size_t count)
{
    uint64_t cost = 0;
    for (size_t k = 0; k < count; k++) {
        cost += cost_of_step(problem, k == 0 ? 0 : set[k - 1], set[k]);
    }
    if (problem->weight_to[set[count - 1]] != problem->weight_to[problem->count]) {
        return UNREACHED;
    }
    for (size_t c = 0; c < problem->class_count; c++) {
        const struct class *class = &problem->classes[c];
        size_t served = 0;
        for (size_t k = 0; k < count; k++) {
            uint64_t size = problem->sizes[set[k]];
            size_t to = class->served_by[set[k]];
            if (size % class->alignment != 0) {
                continue;
            }
            cost += cost_of_items(class, size, served, to);
            served = to;
        }
        if (served < class->count) {
            return UNREACHED;
        }
    }
    return cost;
}

/* Where a pool may move: between its neighbours, whose share of the cost depends on it. */
struct gap {
    size_t below, above; /* the neighbours; below 0 is "no pool yet", above 0 is none */
    struct {
        size_t served; /* items of the class that pools below serve */
        size_t next;   /* the first pool above that serves the class; 0 = none */
    } classes[MOST_CLASSES];
};

static struct gap find_gap(const struct problem *problem, const size_t *set, size_t count, size_t k)
{
    struct gap gap = {k == 0 ? 0 : set[k - 1], k + 1 == count ? 0 : set[k + 1], {{0, 0}}};
    for (size_t c = 0; c < problem->class_count; c++) {
        const struct class *class = &problem->classes[c];
        for (size_t i = 0; i < k; i++) {
            if (problem->sizes[set[i]] % class->alignment == 0) {
                gap.classes[c].served = class->served_by[set[i]];
            }
        }
        for (size_t i = count; --i > k;) {
            if (problem->sizes[set[i]] % class->alignment == 0) {
                gap.classes[c].next = set[i];
            }
        }
    }
    return gap;
}

/* What of a set's cost depends on the pool in a gap, with that pool at `at`; UNREACHED if it leaves
   an item unserved. */
static uint64_t cost_in_gap(const struct problem *problem, const struct gap *gap, size_t at)
{
    uint64_t cost = cost_of_step(problem, gap->below, at);
    if (gap->above != 0) {
        cost += cost_of_step(problem, at, gap->above);
    } else if (problem->weight_to[at] != problem->weight_to[problem->count]) {
        return UNREACHED;
    }
    for (size_t c = 0; c < problem->class_count; c++) {
        const struct class *class = &problem->classes[c];
        size_t served = gap->classes[c].served, next = gap->classes[c].next;
        if (problem->sizes[at] % class->alignment == 0) {
            cost += cost_of_items(class, problem->sizes[at], served, class->served_by[at]);
            served = class->served_by[at];
        }
        if (next != 0) {
            cost += cost_of_items(class, problem->sizes[next], served, class->served_by[next]);
        } else if (served < class->count) {
            return UNREACHED;
        }
    }
    return cost;
}

/* Puts pool k of a set that serves everything where, between its neighbours, it loses least.
   Returns what the set then loses; `cost` is what it loses now. */
static uint64_t place_best(const struct problem *problem, size_t *set, size_t count, size_t k,
                           uint64_t cost)
{
    const struct gap gap = find_gap(problem, set, count, k);
    const uint64_t now = cost_in_gap(problem, &gap, set[k]);
    size_t end = gap.above == 0 ? problem->count + 1 : gap.above;
    uint64_t best = now;
    for (size_t at = gap.below + 1; at < end; at++) {
        uint64_t there = cost_in_gap(problem, &gap, at);
        if (there < best) {
            best = there;
            set[k] = at;
        }
    }
    return cost - now + best;
}

static uint64_t improve(const struct problem *problem, size_t *set, size_t count)
{
    enum { SWEEPS = 3 };
    uint64_t cost = cost_of_set(problem, set, count);
    for (size_t sweep = 0; sweep < SWEEPS; sweep++) {
        uint64_t before = cost;
        for (size_t k = count; k-- > 0;) {
            cost = place_best(problem, set, count, k, cost);
        }
        if (cost == before) {
            break;
        }
    }
    return cost;
}

/* Writes to `set` the previous set and one more pool, in the gap that weighs most. False if there
   is none. */
static bool add_between(const struct problem *problem, const size_t *previous, size_t count,
                        size_t *set)
{
    size_t widest = 0;
    uint64_t gap = 0;
    for (size_t k = 0; k < count; k++) {
        size_t below = k == 0 ? 0 : previous[k - 1];
        uint64_t weight = problem->weight_to[previous[k]] - problem->weight_to[below] + 1;
        if (previous[k] - below > 1 && weight * (previous[k] - below) > gap) {
            gap = weight * (previous[k] - below);
            widest = k;
        }
    }
    if (gap == 0) {
        return false;
    }
    size_t below = widest == 0 ? 0 : previous[widest - 1];
    memcpy(set, previous, widest * sizeof *set);
    set[widest] = below + 1;
    memcpy(set + widest + 1, previous + widest, (count - widest) * sizeof *set);
    return true;
}

/* For each number of pools, the better of two starts, improved: the plain problem's best, and the
   set of one pool less with one added. */
static void refine(const struct problem *problem, struct choices *choices)
{
    struct arena *arena = problem->arena;
    size_t *previous = NULL;
    for (size_t k = 0; k < choices->count; k++) {
        struct choice *choice = &choices->best[k];
        size_t *set = arena_alloc(arena, (k + 1) * sizeof *set);
        for (size_t i = 0; i <= k; i++) {
            set[i] = sizes_serving(problem->sizes, problem->count + 1, choice->sizes[i], 1);
        }
        /* The topmost candidate is a multiple of every alignment that is asked for. */
        if (cost_of_set(problem, set, k + 1) >= UNREACHED) {
            set[k] = problem->count;
        }
        choice->lost = improve(problem, set, k + 1);
        size_t *other = arena_alloc(arena, (k + 1) * sizeof *other);
        if (previous != NULL && add_between(problem, previous, k, other)) {
            uint64_t lost = improve(problem, other, k + 1);
            if (lost < choice->lost) {
                choice->lost = lost;
                set = other;
            }
        }
        for (size_t i = 0; i <= k; i++) {
            choice->sizes[i] = problem->sizes[set[i]];
        }
        previous = set;
    }
}

struct choices sizes_choose(struct arena *arena, const struct sizes_item *items, size_t count,
                            uint64_t granule, size_t most)
{
    struct problem problem = {.arena = arena, .granule = granule};
    if (count == 0 || most == 0) {
        return (struct choices){.exact = true};
    }
    find_classes(&problem, items, count);
    find_candidates(&problem, items, count);
    sum_plain(&problem, items, count);
    for (size_t c = 0; c < problem.class_count; c++) {
        sum_class(&problem, &problem.classes[c], items, count);
    }
    find_served(&problem);
    if (most > problem.count) {
        most = problem.count;
    }

    double cells = count_states(&problem) * (double)(problem.count + 1) * (double)most;
    bool exact = cells <= MOST_CELLS && count_states(&problem) < MOST_STATES;
    struct problem solved = exact ? problem : forget_classes(&problem);
    number_states(&solved);
    struct choices choices = search(&solved, most);
    choices.exact = exact;
    if (!exact) {
        refine(&problem, &choices);
    }
    return choices;
}

uint64_t *sizes_candidates(struct arena *arena, const struct sizes_item *items, size_t count,
                           uint64_t granule, size_t *candidates)
{
    struct problem problem = {.arena = arena, .granule = granule};
    find_classes(&problem, items, count);
    find_candidates(&problem, items, count);
    *candidates = problem.count;
    return problem.sizes + 1;
}

uint64_t sizes_lost(const uint64_t *sizes, size_t count, const struct sizes_item *items,
                    size_t item_count)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < item_count; i++) {
        size_t pool = sizes_serving(sizes, count, items[i].size, items[i].alignment);
        if (pool < count) {
            lost += sizes[pool] * items[i].weight - items[i].bytes;
        }
    }
    return lost;
}

size_t sizes_serving(const uint64_t *sizes, size_t count, uint64_t size, uint64_t alignment)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sizes[middle] < size) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low < count && sizes[low] % alignment != 0) {
        low++;
    }
    return low;
}
