/* Part of harden.c, with the malloc front end: requests of 0 bytes. Given what harden.c is. */
/* ---- Requests of 0 bytes: addresses that may be neither read nor written ----
 *
 * A reservation of its own holds places of 16 bytes, a bit each. They are taken in turn, so that one that is
 * freed twice, or used after that, is long nobody's. Where no place is near, a block of a pool serves. */
enum {
    @PREFIX@_PLACES = 16384,
    @PREFIX@_PLACE_BYTES = 16, /* the alignment of a place */
    @PREFIX@_PLACE_WORDS = 4   /* that one request looks at */
};
static @atomic_u64@ @prefix@_places[@PREFIX@_PLACES / 64]; /* a bit each: in use */
static @atomic_u64@ @prefix@_place_turn;
static @atomic_address@ @prefix@_places_base; /* 0: not reserved yet */

/* Whether a pointer lies among the places. */
static bool @prefix@_is_place(const void *ptr)
{
    const uintptr_t base = @PREFIX@_LOAD(&@prefix@_places_base, acquire);
    return base != 0 && (uintptr_t)ptr - base < (uintptr_t)@PREFIX@_PLACES * @PREFIX@_PLACE_BYTES;
}

/* Where the places are; 0 if there is no room for them. */
static uintptr_t @prefix@_reserve_places(void)
{
    const size_t bytes = (size_t)@PREFIX@_PLACES * @PREFIX@_PLACE_BYTES;
    uintptr_t base = @PREFIX@_LOAD(&@prefix@_places_base, acquire);
    if (base != 0) {
        return base;
    }
    const int saved = errno;
    void *const mapped = @prefix@_reserve(bytes);
    errno = saved;
    if (mapped == NULL) {
        return 0;
    }
    if (!@PREFIX@_CAS(&@prefix@_places_base, &base, (uintptr_t)mapped, acq_rel, acquire)) {
        @prefix@_unmap(mapped, bytes);
        return base;
    }
    return (uintptr_t)mapped;
}

/* A place that nobody has, or NULL. */
static void *@prefix@_take_place(size_t alignment)
{
    const uintptr_t base = alignment <= @PREFIX@_PLACE_BYTES ? @prefix@_reserve_places() : 0;
    const uint64_t turn = base != 0 ? @PREFIX@_ADD(&@prefix@_place_turn, 1, relaxed) : 0;
    for (uint64_t look = 0; base != 0 && look < @PREFIX@_PLACE_WORDS; look++) {
        const size_t word = (turn / 64 + look) % (@PREFIX@_PLACES / 64);
        const uint64_t taken = @PREFIX@_LOAD(&@prefix@_places[word], relaxed);
        const uint64_t rest = look == 0 ? UINT64_MAX << turn % 64 : UINT64_MAX;
        const uint64_t place = ~taken & rest & -(~taken & rest);
        if (place != 0 && (@PREFIX@_OR(&@prefix@_places[word], place, relaxed) & place) == 0) {
            return (void *)(base + (word * 64 + (unsigned)__builtin_ctzll(place)) * @PREFIX@_PLACE_BYTES);
        }
    }
    return NULL;
}

/* Ends the program unless the place is in use; with `frees` it ends its use. */
static void @prefix@_judge_place(void *ptr, bool frees)
{
    const uintptr_t offset = (uintptr_t)ptr - @PREFIX@_LOAD(&@prefix@_places_base, acquire);
    const uint64_t place = (uint64_t)1 << offset / @PREFIX@_PLACE_BYTES % 64;
    @atomic_u64@ *const word = &@prefix@_places[offset / @PREFIX@_PLACE_BYTES / 64];
    if (offset % @PREFIX@_PLACE_BYTES != 0) {
        @prefix@_fault(frees ? "invalid free" : "invalid use", ptr, 0);
    }
    const uint64_t taken = frees ? @PREFIX@_AND(word, ~place, relaxed) : @PREFIX@_LOAD(word, relaxed);
    if ((taken & place) == 0) {
        @prefix@_fault(frees ? "double free" : "use after free", ptr, 0);
    }
}
