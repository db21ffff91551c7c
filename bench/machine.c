#include "machine.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#if defined __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* The first line of /proc/cpuinfo that names the processor. */
static void read_processor(char *name, size_t size)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, size, "unknown processor");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(name, size, "%.100s", colon + 2);
        break;
    }
    if (file)
        fclose(file);
}

struct machine machine_describe(void)
{
    struct machine machine = {0};
    struct utsname name;
    const time_t now = time(NULL);
    read_processor(machine.processor, sizeof machine.processor);
    machine.processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    machine.memory_gib =
        (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / (1u << 30);
    strftime(machine.date, sizeof machine.date, "%Y-%m-%d %H:%M UTC", gmtime(&now));
    if (uname(&name) == 0)
        snprintf(machine.kernel, sizeof machine.kernel, "%s %s %s", name.sysname, name.release,
                 name.machine);
    snprintf(machine.libc, sizeof machine.libc, "glibc %s", gnu_get_libc_version());
    snprintf(machine.compiler, sizeof machine.compiler, "%s", COMPILER);
    if (getloadavg(&machine.load_average, 1) != 1)
        machine.load_average = 0;
    return machine;
}
