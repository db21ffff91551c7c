/* Part of @prefix@_aligned_realloc in api.c: where a block moves to. */
//%if plain
    void *const moved = @prefix@_request(alignment, size);
//%else
//%if second_tries
    void *const moved = fits && wanted != @PREFIX@_POOLS ? @prefix@_serve_once(wanted, alignment, size)
                                                  : @prefix@_request(alignment, size, false);
//%else
    void *const moved = @prefix@_request(alignment, size, false);
//%end
//%end
