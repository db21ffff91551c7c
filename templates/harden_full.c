/* Part of harden.c, harden: full: the request's size and what guards it, blocks that are zero while they are free, and
   their quarantine. */
enum {
    @PREFIX@_CANARIES = 32, /* bytes at most that must not change behind a request */
    @PREFIX@_VERIFIED = @verified@, /* bytes of a free block that are verified at either end */
    @PREFIX@_SIZE_MARK = 0xa5a5 /* keeps the last byte of a block in use from being 0 */
};

/* Not 0, not 0xff, and no text: what is written by mistake. */
static inline unsigned char @prefix@_canary(void)
{
    const uintptr_t secret = @PREFIX@_LOAD(&@prefix@_secret, relaxed) >> 8;
    return (unsigned char)(0x80 | (secret & 0x3f));
}

/* The last word of a block in use: 16 bits of the size, 32 that verify it, and 16 of the size. */
static inline uint64_t @prefix@_tail(const void *block, size_t size)
{
//%if target_bare
    /* Of 32 bits, which is a word of such processors: they multiply no more without a library. */
    const uint64_t mixed = (uint64_t)((uint32_t)(@prefix@_mix(block) + size) * 0x9e3779b1U) << 32;
//%else
    const uint64_t mixed = ((uint64_t)@prefix@_mix(block) + size) * 0x9e3779b97f4a7c15;
//%end
    return (uint64_t)((size >> 16) ^ @PREFIX@_SIZE_MARK) << 48 | mixed >> 32 << 16 | (size & 0xffff);
}

/* Bytes behind a request of the size that must not change. */
static inline size_t @prefix@_canaries(size_t room, size_t size)
{
    return room - size < @PREFIX@_CANARIES ? room - size : @PREFIX@_CANARIES;
}

/* Eight bytes at any address. */
static inline uint64_t @prefix@_eight(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline bool @prefix@_are_canaries(const unsigned char *bytes, size_t count)
{
    const unsigned char canary = @prefix@_canary();
//%if target_bare
    unsigned changed = 0;
    for (; count > 0; count--) {
        changed |= (unsigned)*bytes++ ^ canary;
    }
    return changed == 0;
//%else
    const uint64_t eight = canary * (UINT64_MAX / 0xff);
    uint64_t changed = 0;
    for (; count >= 8; count -= 8, bytes += 8) {
        changed |= @prefix@_eight(bytes) ^ eight;
    }
    for (; count > 0; count--) {
        changed |= (uint64_t)*bytes++ ^ canary;
    }
    return changed == 0;
//%end
}

struct __attribute__((may_alias)) @prefix@_seal {
    uint64_t word;
};

/* Makes a block one of `size` bytes. */
static inline void @prefix@_set_request(size_t pool, void *block, size_t size)
{
    const size_t room = @prefix@_room(pool);
    unsigned char *const bytes = block;
    const uint64_t tail = @prefix@_tail(block, size);
    memset(bytes + size, @prefix@_canary(), @prefix@_canaries(room, size));
    *(struct @prefix@_seal *)(void *)(bytes + room) = (struct @prefix@_seal){tail}; /* no call, which might look here */
    @PREFIX@_CLOSE(bytes + size + (size == 0), room + @tail@ - size - (size == 0));
}

/* The size of a block in use; ends the program if what is behind it was changed. */
static inline size_t @prefix@_request_of(size_t pool, const void *block)
{
    const size_t room = @prefix@_room(pool);
    const unsigned char *const bytes = block;
    @PREFIX@_OPEN(bytes + room, @tail@);
    const uint64_t tail = @prefix@_eight(bytes + room);
    const size_t size = (size_t)(tail >> 48 ^ @PREFIX@_SIZE_MARK) << 16 | (tail & 0xffff);
    @PREFIX@_OPEN(bytes + (size < room ? size : room), size < room ? room - size : 0);
    if (!@PREFIX@_LIKELY(size <= room && tail == @prefix@_tail(block, size) &&
                 @prefix@_are_canaries(bytes + size, @prefix@_canaries(room, size)))) {
//%if target_bare
        @prefix@_abort(OVERFLOW, "overflow");
//%else
        @prefix@_fault("overflow", block, 0);
//%end
    }
    return size;
}

/* Makes a block in use larger or smaller where it is; what is new of it is zero. */
static void @prefix@_change_request(size_t pool, void *block, size_t old, size_t size)
{
    unsigned char *const bytes = block;
    const size_t end = old + @prefix@_canaries(@prefix@_room(pool), old);
    const size_t from = size < old ? size : old;
    @PREFIX@_OPEN(bytes + from, @prefix@_room(pool) + @tail@ - from);
    memset(bytes + from, 0, end - from);
    @prefix@_set_request(pool, block, size);
}

/* Makes all of a block zero that its owner may have written to, and what guarded that. To look first for what
   is zero already takes longer: a pair of 8,184 bytes 119 ns in place of 95. */
static inline void @prefix@_clear(size_t pool, void *block)
{
    const size_t room = @prefix@_room(pool);
    const size_t size = @prefix@_request_of(pool, block);
    memset(block, 0, size + @prefix@_canaries(room, size));
    memset((unsigned char *)block + room, 0, @tail@);
}

/* Of whole words. */
static inline bool @prefix@_is_zero(const unsigned char *bytes, size_t count)
{
    uint64_t set = 0;
    for (; count >= 32; count -= 32, bytes += 32) {
        set |= @prefix@_eight(bytes) | @prefix@_eight(bytes + 8);
        set |= @prefix@_eight(bytes + 16) | @prefix@_eight(bytes + 24);
    }
    for (; count > 0; count -= 8, bytes += 8) {
        set |= @prefix@_eight(bytes);
    }
    return set == 0;
}

/* Ends a free block's link, and the program if the block is not zero any more. Of a large one both ends are
   looked at, so that no call takes long. */
static inline void @prefix@_verify_zero(size_t pool, void *ptr)
{
    struct @prefix@_block *const block = ptr;
    const unsigned char *const bytes = ptr;
    const size_t size = @prefix@_shapes[pool].size;
    const bool large = size > (size_t)2 * @PREFIX@_VERIFIED;
    block->next = NULL;
    if (!@PREFIX@_LIKELY(@prefix@_is_zero(bytes, large ? @PREFIX@_VERIFIED : size) &&
                 (!large || @prefix@_is_zero(bytes + size - @PREFIX@_VERIFIED, @PREFIX@_VERIFIED)))) {
//%if target_bare
        @prefix@_abort(WRITE_AFTER_FREE, "write after free");
//%else
        @prefix@_fault("write after free", block, 0);
//%end
    }
}

/* Freed blocks of a pool, which wait for as many frees as there are places. */
struct @prefix@_quarantine {
//%if direct
    @atomic_u64@ turn; /* frees so far */
//%else
    uint64_t turn; /* frees so far */
//%end
    @atomic_address@ blocks[@quarantine@];
};

//%if spans
/* ---- Random choices: a generator that is as good as its seed is secret (D. H. Lehmer's, 64 bits) ---- */

static @atomic_u64@ @prefix@_choices;

/* A number of up to 32 bits. Threads that meet here may get the same. */
static uint32_t @prefix@_choose(void)
{
    const uint64_t last = @PREFIX@_LOAD(&@prefix@_choices, relaxed) + @PREFIX@_LOAD(&@prefix@_secret, relaxed);
    const uint64_t next = last * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
    @PREFIX@_STORE(&@prefix@_choices, next, relaxed);
    return (uint32_t)(next >> 32);
}

/* One of the bits, which are not 0. */
static uint64_t @prefix@_any_bit(uint64_t bits)
{
    const uint32_t from = @prefix@_choose() % 64;
    const uint64_t above = bits & UINT64_MAX << from;
    const uint64_t some = above != 0 ? above : bits;
    return some & -some;
}
//%end

//%if !spans
/* The block that is used as the pool's `number`th: in groups of 64, each in an order of its own. */
static uint32_t @prefix@_shuffled(size_t pool, uint32_t number)
{
    const uint32_t group = number / 64;
//%if target_bare
    const uint32_t mixed = ((uint32_t)@prefix@_mix(NULL) + (uint32_t)pool + (group << 16)) * 0x9e3779b1U;
    const uint32_t turn = mixed >> 26;
//%else
    const uint64_t mixed = (@prefix@_mix(NULL) + pool + ((uint64_t)group << 32)) * 0x9e3779b97f4a7c15;
    const uint32_t turn = (uint32_t)(mixed >> 58);
//%end
    const bool whole = (group + 1) * 64 <= @prefix@_shapes[pool].initial_count;
    return whole && @prefix@_is_full(pool) ? group * 64 + (number % 64 ^ turn) : number;
}
//%end
