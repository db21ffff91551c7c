/* The profiles in tests/profiles, for the tests of what reads them. */
#ifndef POOLGEN_TESTS_PROFILES_H
#define POOLGEN_TESTS_PROFILES_H

#include "profile/profile.h"
#include "unit.h"

#define SERVER "tests/profiles/server.json"
#define POOLS  "tests/profiles/pools.json"

static inline struct profile *read_profile(struct run *run, const char *path)
{
    size_t length;
    struct profile *profile = arena_alloc(&run->arena, sizeof *profile);
    run->diag.source = read_whole(&run->arena, path, &length);
    run->diag.source_length = length;
    assert_true(profile_parse(profile, &run->diag));
    return profile;
}

#endif
