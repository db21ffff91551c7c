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

@PREFIX@_API bool @prefix@_profile_write(FILE *out)
{
//%if shared
    uint32_t busy = 0;
    if (!@PREFIX@_CAS(&@prefix@_in_snapshot, &busy, 1, acquire, relaxed)) {
        return false;
    }
//%end
    @prefix@_snapshot();
    char date[sizeof "2000-01-01T00:00:00Z"];
    const struct tm *const began = gmtime(&@prefix@_began.tv_sec);
    const bool dated = began != NULL && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", began) != 0;
    if (dated) {
        fprintf(out,
                "{\n\"format\": \"poolgen-profile\",\n\"version\": 1,\n\"runs\": [\n{\n"
                "\"id\": \"@prefix@-%lld-%ld\",\n\"producer\": \"poolgen @version@ stats: profile\",\n"
                "\"date\": \"%s\",\n\"command\": \"@prefix@\",\n\"duration\": %llu,\n",
                (long long)@prefix@_began.tv_sec, (long)@prefix@_began.tv_nsec, date,
                (unsigned long long)@prefix@_microseconds());
        @prefix@_write_pools(out);
        @prefix@_write_snapshots(out);
        fputs("}\n]\n}\n", out);
    }
//%if shared
    @PREFIX@_STORE(&@prefix@_in_snapshot, 0, release);
//%end
    return dated && fflush(out) == 0 && ferror(out) == 0;
}
