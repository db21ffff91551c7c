/* bench: runs every load with every allocator, one process a repetition, and reports. */
#include <getopt.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "progress.h"

static bool any_failed(const struct results *results)
{
    bool failed = false;
    for (unsigned i = 0; i < ALLOCATOR_COUNT; i++) {
        for (unsigned load = 0; load < LOAD_COUNT; load++)
            failed |= results->cells[load][i].failed;
        for (unsigned load = 0; load < SCALING_LOADS; load++)
            for (unsigned step = 0; step < THREAD_STEPS; step++)
                failed |= results->scaling[load][step][i].failed;
    }
    return failed;
}

static bool write_report(const char *path, const struct results *results,
                         void report(FILE *, const struct results *))
{
    FILE *file = fopen(path, "w");
    if (file)
        report(file, results);
    const bool good = file && !ferror(file);
    if ((file && fclose(file) != 0) || !good) {
        fprintf(stderr, "bench: cannot write %s\n", path);
        return false;
    }
    return true;
}

static const char usage[] =
    "usage: bench [options]\n"
    "  --quick              shorter repetitions, fewer of them\n"
    "  --run                the main job: the inlined header, glibc and the limit\n"
    "  --only LOADS         names or patterns, separated by commas: 'steady', 'fixed-*'\n"
    "  --allocators NAMES   inlined, poolgen, preloaded, glibc, jemalloc, mimalloc, tcmalloc\n"
    "  --parts PARTS        loads, threads, instructions, pools; with --only the default is loads\n"
    "  --seconds SECONDS    how long each repetition is timed, at least\n"
    "  --repetitions COUNT\n"
    "  --json FILE          all samples, for machines\n"
    "  --svg FILE           one chart\n";

static struct settings default_settings(const char *program)
{
    struct settings settings = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s", program);
    snprintf(settings.folder, sizeof settings.folder, "%s", dirname(path));
    return settings;
}

/* What was not said follows from what was. */
static void complete_settings(struct settings *settings)
{
    if (settings->run) {
        settings->allocators = settings->allocators ? settings->allocators : "inlined,glibc";
        settings->parts = "loads";
    }
    if (settings->only && !settings->parts)
        settings->parts = "loads";
    if (settings->seconds <= 0)
        settings->seconds = settings->run ? 0.05 : settings->quick ? 0.02 : 0.2;
    if (settings->repetitions == 0)
        settings->repetitions = settings->run || settings->quick ? 3 : 5;
    if (settings->repetitions > MAX_REPETITIONS)
        settings->repetitions = MAX_REPETITIONS;
}

static struct settings read_settings(int argc, char **argv)
{
    struct settings settings = default_settings(argv[0]);
    static const struct option known[] = {{"quick", no_argument, NULL, 'q'},
                                          {"run", no_argument, NULL, 'r'},
                                          {"only", required_argument, NULL, 'o'},
                                          {"allocators", required_argument, NULL, 'a'},
                                          {"parts", required_argument, NULL, 'p'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"repetitions", required_argument, NULL, 'n'},
                                          {"json", required_argument, NULL, 'j'},
                                          {"svg", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'q':
            settings.quick = true;
            break;
        case 'r':
            settings.run = true;
            break;
        case 'o':
            settings.only = optarg;
            break;
        case 'a':
            settings.allocators = optarg;
            break;
        case 'p':
            settings.parts = optarg;
            break;
        case 't':
            settings.seconds = strtod(optarg, NULL);
            break;
        case 'n':
            settings.repetitions = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'j':
            settings.json = optarg;
            break;
        case 's':
            settings.svg = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (optind != argc) {
        fputs(usage, stderr);
        exit(2);
    }
    complete_settings(&settings);
    return settings;
}

int main(int argc, char **argv)
{
    static struct results results;
    const struct settings settings = read_settings(argc, argv);
    results.machine = machine_describe();
    results.seconds = settings.seconds;
    results.repetitions = settings.repetitions;
    if (!measure_choose(&settings, &results))
        return 2;
    measure_all(&settings, &results); /* counts the steps */
    progress_begin();
    measure_all(&settings, &results);
    progress_end();
    (settings.run ? report_run : report_table)(stdout, &results);
    bool good = fflush(stdout) == 0 && !any_failed(&results);
    if (settings.json)
        good &= write_report(settings.json, &results, report_json);
    if (settings.svg)
        good &= write_report(settings.svg, &results, report_svg);
    return good ? 0 : 1;
}
