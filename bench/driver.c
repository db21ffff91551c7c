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
        for (unsigned scenario = 0; scenario < SCENARIO_COUNT; scenario++)
            failed |= results->outcomes[scenario][i].failed;
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
    "  --only LOADS         names or patterns, separated by commas: 'steady', 'fixed-*';\n"
    "                       scenarios have names too, and so has 'tight'\n"
    "  --allocators NAMES   inlined, poolgen, preloaded, glibc, jemalloc, mimalloc, tcmalloc\n"
    "  --peer NAME=FILE.so  one more allocator to preload; may be repeated\n"
    "  --ours NAME=FILE     one more of ours: a library to preload, or a worker\n"
    "  --parts PARTS        loads, scenarios, tight, threads, instructions, pools;\n"
    "                       with --only the default is the first three\n"
    "  --big                the scenarios of 4 GiB too\n"
    "  --divisor NUMBER     divides the scenarios' amounts and durations\n"
    "  --tokio FOLDER       of the Tokio example's programs, for the spawn storm\n"
    "  --seconds SECONDS    how long each repetition is timed, at least\n"
    "  --repetitions COUNT\n"
    "  --json FILE          all samples, for machines\n"
    "  --svg FILE           one chart\n";

enum { QUICK_DIVISOR = 64 };

static struct settings default_settings(const char *program)
{
    struct settings settings = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s", program);
    snprintf(settings.folder, sizeof settings.folder, "%s", dirname(path));
    return settings;
}

static void add_further(const char *name_and_file, bool ours)
{
    if (results_add(name_and_file, ours))
        return;
    fprintf(stderr,
            "bench: --%s takes NAME=FILE with a new name, %d times at most with --%s, not '%s'\n",
            ours ? "ours" : "peer", MOST_FURTHER, ours ? "peer" : "ours", name_and_file);
    exit(2);
}

/* What was not said follows from what was. */
static void complete_settings(struct settings *settings)
{
    if (settings->run) {
        settings->allocators = settings->allocators ? settings->allocators : "inlined,glibc";
        settings->parts = "loads";
    }
    if (settings->only && !settings->parts)
        settings->parts = "loads,scenarios,tight";
    if (settings->divisor == 0)
        settings->divisor = settings->quick ? QUICK_DIVISOR : 1;
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
    static const struct option known[] = {
        {"quick", no_argument, NULL, 'q'},         {"run", no_argument, NULL, 'r'},
        {"only", required_argument, NULL, 'o'},    {"allocators", required_argument, NULL, 'a'},
        {"peer", required_argument, NULL, 'e'},    {"ours", required_argument, NULL, 'u'},
        {"big", no_argument, NULL, 'b'},           {"divisor", required_argument, NULL, 'd'},
        {"tokio", required_argument, NULL, 'k'},   {"parts", required_argument, NULL, 'p'},
        {"seconds", required_argument, NULL, 't'}, {"repetitions", required_argument, NULL, 'n'},
        {"json", required_argument, NULL, 'j'},    {"svg", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},          {0}};
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
        case 'e':
            add_further(optarg, false);
            break;
        case 'u':
            add_further(optarg, true);
            break;
        case 'b':
            settings.big = true;
            break;
        case 'd':
            settings.divisor = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'k':
            settings.tokio = optarg;
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
    results.divisor = settings.divisor;
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
