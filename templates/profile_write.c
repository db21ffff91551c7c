/* Part of api.c, stats: profile. */
static void @prefix@_write_pools(FILE *out)
{
    size_t from = 0;
    @prefix@_stats_t stats;
    @prefix@_stats(&stats);
    fputs("\"columns\": [\"size\", \"from\", \"allocations\", \"peak\", \"live\"],\n\"sizes\": [\n", out);
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        const @prefix@_pool_stats_t *const row = &stats.pools[pool];
        fprintf(out, "[%zu, %zu, %llu, %llu, %llu]%s\n", row->size, from,
                (unsigned long long)row->allocs, (unsigned long long)row->first_uses,
                (unsigned long long)row->live, pool + 1 < @PREFIX@_POOLS ? "," : "");
        from = row->size + 1;
    }
    fputs("],\n\"groups\": [", out);
    for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
        fprintf(out, "%s[%zu, 1]", pool == 0 ? "" : ", ", stats.pools[pool].size);
    }
    fputs("],\n", out);
}

static void @prefix@_write_snapshots(FILE *out)
{
    fputs("\"snapshots\": [\n", out);
    for (uint32_t i = 0; i < @prefix@_snapshot_count; i++) {
        fprintf(out, "{\"at\": %llu, \"live\": [", (unsigned long long)@prefix@_snapshots[i].at);
        const char *comma = "";
        for (size_t pool = 0; pool < @PREFIX@_POOLS; pool++) {
            if (@prefix@_snapshots[i].live[pool] != 0) {
                fprintf(out, "%s%zu, %llu", comma, pool,
                        (unsigned long long)@prefix@_snapshots[i].live[pool]);
                comma = ", ";
            }
        }
        fprintf(out, "]}%s\n", i + 1 < @prefix@_snapshot_count ? "," : "");
    }
    fputs("]\n", out);
}

/* Seconds since 1970 as "2000-01-01T00:00:00Z". Not by gmtime, whose result another thread of the
 * program may be overwriting. The calendar is counted in eras of 400 years that begin in March, so
 * that leap days come last. */
static void @prefix@_write_date(FILE *out, int64_t seconds)
{
    const int64_t day = seconds / 86400, time = seconds % 86400;
    const int64_t era = (day + 719468) / 146097, of_era = (day + 719468) % 146097;
    const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int64_t march = (5 * of_year + 2) / 153, month = march < 10 ? march + 3 : march - 9;
    fprintf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)(year + era * 400 + (month <= 2)), (int)month,
            (int)(of_year - (153 * march + 2) / 5 + 1), (int)(time / 3600), (int)(time / 60 % 60),
            (int)(time % 60));
}

@PREFIX@_API bool @prefix@_profile_write(FILE *out)
{
//%if threads_shared
    uint32_t busy = 0;
    if (@PREFIX@_PASSTHROUGH || !@PREFIX@_CAS(&@prefix@_in_snapshot, &busy, 1, acquire, relaxed)) {
        return false;
    }
//%else
    if (@PREFIX@_PASSTHROUGH) {
        return false;
    }
//%end
    @prefix@_snapshot();
    fprintf(out,
            "{\n\"format\": \"poolgen-profile\",\n\"version\": 1,\n\"runs\": [\n{\n"
            "\"id\": \"@prefix@-%lld-%ld\",\n\"producer\": \"poolgen @version@ stats: profile\",\n"
            "\"date\": \"",
            (long long)@prefix@_began.tv_sec, (long)@prefix@_began.tv_nsec);
    @prefix@_write_date(out, (int64_t)@prefix@_began.tv_sec);
    fprintf(out, "\",\n\"command\": \"@prefix@\",\n\"duration\": %llu,\n",
            (unsigned long long)@prefix@_microseconds());
    @prefix@_write_pools(out);
    @prefix@_write_snapshots(out);
    fputs("}\n]\n}\n", out);
//%if threads_shared
    @PREFIX@_STORE(&@prefix@_in_snapshot, 0, release);
//%end
    return fflush(out) == 0 && ferror(out) == 0;
}
