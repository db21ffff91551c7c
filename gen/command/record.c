/* `poolgen record`: runs the command, with the recorder preloaded. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the C library's */
#define _GNU_SOURCE /* getxattr */
#include "base/flags.h"
#include "base/utf8.h"
#include "command/subcommands.h"
#include "command/watch.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LIBRARY "libpoolgen-record.so"

struct request {
    const char *output;
    double interval; /* seconds */
};

static const struct flag flags[] = {
    {"-o", "FILE", FLAG_STRING, offsetof(struct request, output), 0, 0,
     "write the command's profile there (default: profile.json)"},
    {"--interval", "SECONDS", FLAG_NUMBER, offsetof(struct request, interval), 0.001, 1e6,
     "take a snapshot at least so often while the command\n"
     "allocates (default: 1)"},
};

static const struct command_line line = {
    "record",
    "[-o FILE] [--interval SECONDS] -- COMMAND [ARGUMENT...]",
    "Runs COMMAND and writes what it allocates as a profile when it ends, is stopped\n"
    "by a signal, or gets SIGUSR1. Every process that it starts writes one too, with\n"
    "its number before the extension: profile.1234.json.",
    flags,
    sizeof flags / sizeof flags[0],
    NULL};

static int complain(struct arena *arena, const char *what, const char *why)
{
    fprintf(stderr, "poolgen record: %s: %s\n", utf8_visible(arena, what), why);
    return 1;
}

/* The recorder lies beside the binary (in a build) or in lib/poolgen beside its folder (installed).
   NULL if it is in neither. */
static char *find_library(struct arena *arena)
{
    static const char *const places[] = {LIBRARY, "../lib/poolgen/" LIBRARY};
    char binary[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", binary, sizeof binary - 1);
    if (length < 0) {
        return NULL;
    }
    binary[length] = '\0';
    char *slash = strrchr(binary, '/');
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *path = arena_format(arena, "%s%s", binary, places[i]);
        if (access(path, R_OK) == 0) {
            return path;
        }
    }
    return NULL;
}

/* The file that execvp would run; NULL if there is none. */
static const char *find_command(struct arena *arena, const char *command)
{
    if (strchr(command, '/') != NULL) {
        return command;
    }
    const char *path = getenv("PATH");
    for (const char *at = path; at != NULL; at = *at == ':' ? at + 1 : NULL) {
        size_t length = strcspn(at, ":");
        const char *file =
            arena_format(arena, "%.*s%s%s", (int)length, at, length ? "/" : "", command);
        if (access(file, X_OK) == 0) {
            return file;
        }
        at += length;
    }
    return NULL;
}

/* Why nothing can be preloaded into a program of 64 bits; NULL if it seems that it can. */
static const char *refuse_program(int file)
{
    Elf64_Ehdr head;
    struct stat status;
    if (fstat(file, &status) == 0 &&
        (((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) ||
         ((status.st_mode & S_ISGID) != 0 && status.st_gid != getgid()))) {
        return "it runs with another user's rights, and the system then preloads nothing";
    }
    if (getuid() != 0 && fgetxattr(file, "security.capability", NULL, 0) > 0) {
        return "its file has capabilities, and the system then preloads nothing";
    }
    if (read(file, &head, sizeof head) != (ssize_t)sizeof head ||
        memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) {
        return NULL; /* a script: its interpreter decides */
    }
    if (head.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)) {
        return "it is a program of another word size than the recorder";
    }
    for (size_t i = 0; i < head.e_phnum; i++) {
        Elf64_Phdr segment;
        off_t at = (off_t)(head.e_phoff + i * head.e_phentsize);
        if (pread(file, &segment, sizeof segment, at) != (ssize_t)sizeof segment) {
            return NULL;
        }
        if (segment.p_type == PT_INTERP) {
            return NULL;
        }
    }
    return "it is linked statically, and nothing can be preloaded into it (an allocator emitted "
           "with 'stats: profile' writes profiles from inside)";
}

/* Where the command's profile goes, as an absolute path; NULL, with a message, if it cannot. */
static const char *find_target(struct arena *arena, const struct request *request)
{
    char folder[PATH_MAX];
    const char *path = write_target(arena, request->output, stderr);
    if (path == NULL || path[0] == '/') {
        return path;
    }
    if (getcwd(folder, sizeof folder) != NULL) {
        return arena_format(arena, "%s/%s", folder, path);
    }
    complain(arena, "this folder", strerror(errno));
    return NULL;
}

/* False, with a message, if the environment cannot be set. */
static bool set_variable(struct arena *arena, const char *name, const char *value)
{
    return setenv(name, value, 1) == 0 || (complain(arena, name, strerror(errno)), false);
}

/* The value of a variable and more behind it. */
static const char *extend(struct arena *arena, const char *name, const char *more)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? more : arena_format(arena, "%s:%s", value, more);
}

static bool prepare_environment(const struct collector *collector, const struct request *request,
                                const char *library)
{
    struct arena *arena = collector->arena;
    const char *preloaded = getenv("LD_PRELOAD"), *spool = collect_variable(collector);
    const char *milliseconds = arena_format(arena, "%.0f", request->interval * 1000);
    if (preloaded != NULL && preloaded[0] != '\0') {
        library = arena_format(arena, "%s:%s", library, preloaded);
    }
    if (spool == NULL) {
        unsetenv(SPOOL_VARIABLE);
    }
    /* A sanitizer that finds a library before itself gives up; the recorder steps aside for it. */
    return set_variable(arena, "ASAN_OPTIONS",
                        extend(arena, "ASAN_OPTIONS", "verify_asan_link_order=0")) &&
           set_variable(arena, "POOLGEN_RECORD", collector->path) &&
           set_variable(arena, "POOLGEN_RECORD_INTERVAL", milliseconds) &&
           (spool == NULL || set_variable(arena, SPOOL_VARIABLE, spool)) &&
           set_variable(arena, "LD_PRELOAD", library);
}

/* Words up to the first that is no option are ours; all from there on are the command's. */
static int split(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-' && strcmp(argv[at], "--") != 0) {
        bool has_value = strchr(argv[at], '=') == NULL && strcmp(argv[at], "-h") != 0 &&
                         strcmp(argv[at], "--help") != 0;
        at += has_value && at + 1 < argc ? 2 : 1;
    }
    return at;
}

int subcommand_record(struct arena *arena, int argc, char **argv)
{
    struct request request = {.output = "profile.json", .interval = 1};
    struct words none = {0};
    int command = split(argc, argv);
    char **own = arena_alloc(arena, ((size_t)command + 1) * sizeof *own);
    memcpy(own, argv, (size_t)command * sizeof *own);
    int code = flags_parse(arena, &line, command, own, &request, &none);
    if (code >= 0) {
        return code;
    }
    if (command < argc && strcmp(argv[command], "--") == 0) {
        command++;
    }
    if (command >= argc) {
        return flags_complain(&line, "which command?");
    }

    const char *library = find_library(arena);
    if (library == NULL) {
        return complain(arena, LIBRARY, "it is neither beside poolgen nor in ../lib/poolgen");
    }
    if (strpbrk(library, ": $") != NULL) { /* '$': $LIB and the like are replaced */
        return complain(arena, library,
                        "the dynamic linker cannot preload a path with ':', ' ' or '$' in it");
    }
    const char *file = find_command(arena, argv[command]);
    int program = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);
    const char *refusal = program < 0 ? NULL : refuse_program(program);
    if (program >= 0) {
        close(program);
    }
    if (refusal != NULL) {
        return complain(arena, argv[command], refusal);
    }
    const char *path = find_target(arena, &request);
    struct collector collector;
    if (path == NULL) {
        return 1;
    }
    collect_begin(&collector, arena, path, argv[command]);
    if (!prepare_environment(&collector, &request, library)) {
        return 1;
    }
    return watch_command(&collector, argv + command);
}
