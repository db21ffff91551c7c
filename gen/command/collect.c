/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the C library's */
#define _GNU_SOURCE /* memfd_create, fallocate */
#include "command/collect.h"
#include "base/utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SPOOL_BYTES = 64 << 20, /* a profile has some hundred KiB, and is taken at once */
    LEAST_BYTES = 1 << 20,
    MOST_NAMES = 10000, /* of one process number */
    FIRST_FILE = 100    /* the least number that the spool's descriptor has, if there are so many */
};

/* A file that was written for a process. */
struct collected {
    char id[SPOOL_ID];
    const char *path;
    struct collected *next;
};

/* ---- the spool */

/* A file of as many bytes as a limit on files lets it have; -1 if there can be none. */
static int make_file(uint64_t *bytes)
{
    int file = memfd_create("poolgen-record", MFD_CLOEXEC);
    if (file < 0) {
        return -1;
    }
    for (*bytes = SPOOL_BYTES; *bytes >= LEAST_BYTES; *bytes /= 2) {
        if (ftruncate(file, (off_t)*bytes) == 0) {
            return file;
        }
    }
    close(file);
    return -1;
}

/* The command inherits the descriptor, so that it has a number that programs do not count on. */
static int move_file(int file)
{
    int moved = fcntl(file, F_DUPFD, FIRST_FILE);
    if (moved < 0) {
        moved = fcntl(file, F_DUPFD, STDERR_FILENO + 1);
    }
    close(file);
    return moved;
}

void collect_begin(struct collector *collector, struct arena *arena, const char *path,
                   const char *command)
{
    *collector =
        (struct collector){.arena = arena, .path = path, .command = utf8_visible(arena, command)};
    if (stat(path, &collector->old) != 0) {
        collector->old = (struct stat){0};
    }
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignored, &collector->files_signal);
    int file = make_file(&collector->bytes);
    if (file < 0 || (file = move_file(file)) < 0) {
        return;
    }
    void *pages = mmap(NULL, collector->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (pages == MAP_FAILED) {
        close(file);
        return;
    }
    struct stat namespace;
    struct spool *spool = pages;
    spool->layout = SPOOL_LAYOUT;
    spool->namespace = stat("/proc/self/ns/pid", &namespace) == 0 ? namespace.st_ino : 0;
    atomic_store(&spool->next, SPOOL_HEAD);
    collector->spool = spool;
    collector->file = file;
    collector->at = SPOOL_HEAD;
}

const char *collect_variable(const struct collector *collector)
{
    struct stat status;
    if (collector->spool == NULL || fstat(collector->file, &status) != 0) {
        return NULL;
    }
    return arena_format(collector->arena, "%d:%llu:%llu:%ld", collector->file,
                        (unsigned long long)status.st_dev, (unsigned long long)status.st_ino,
                        (long)getpid());
}

/* ---- files */

/* "profile.1234.json", or from the second on "profile.1234-2.json". */
static const char *name_file(const struct collector *collector, int pid, unsigned number)
{
    const char *path = collector->path;
    size_t stem = strlen(path);
    if (stem > 5 && strcmp(path + stem - 5, ".json") == 0) {
        stem -= 5;
    }
    const char *again = number == 1 ? "" : arena_format(collector->arena, "-%u", number);
    return arena_format(collector->arena, "%.*s.%d%s%s", (int)stem, path, pid, again, path + stem);
}

/* Where a record goes: for a process that has written before, over that; else to a name that no
   file has, since two processes can have one number, in two PID namespaces. */
static const char *choose_file(struct collector *collector, const struct spool_record *record)
{
    if (record->is_main) {
        return collector->path;
    }
    for (struct collected *file = collector->files; file != NULL; file = file->next) {
        if (memcmp(file->id, record->id, SPOOL_ID) == 0) {
            return file->path;
        }
    }
    struct collected *file = arena_alloc(collector->arena, sizeof *file);
    struct stat status;
    unsigned number = 1;
    do {
        file->path = name_file(collector, record->pid, number);
    } while (lstat(file->path, &status) == 0 && ++number <= MOST_NAMES);
    memcpy(file->id, record->id, SPOOL_ID);
    file->next = collector->files;
    collector->files = file;
    return file->path;
}

/* What a write allocates ends with it: a recording may run for weeks. */
static bool write_profile(const char *path, const char *profile, size_t length)
{
    struct arena scratch = {0};
    if (setjmp(scratch.out_of_memory) != 0) {
        fputs("poolgen record: out of memory\n", stderr);
        arena_free(&scratch);
        return false;
    }
    struct text text = {.arena = &scratch};
    text_append(&text, profile, length);
    const struct output output = {.path = path, .text = text, .always = true};
    bool good = write_outputs(&scratch, &output, 1, stderr);
    arena_free(&scratch);
    return good;
}

/* ---- what is handed over */

static void take_record(struct collector *collector, struct spool_record *record, uint64_t room)
{
    const char *text = (const char *)(record + 1);
    bool good = record->length > 0 && record->length <= room - sizeof *record &&
                write_profile(choose_file(collector, record), text, record->length);
    if (record->is_main && good) {
        collector->main_written = true;
    }
    if (!good) {
        collector->lost = true;
    }
    atomic_store(&record->state, SPOOL_TAKEN);
}

/* The spool begins anew when all of it has been taken; what was taken is empty again by then. */
static void rewind_spool(struct collector *collector)
{
    uint64_t end = collector->at;
    if (end == SPOOL_HEAD || atomic_load(&collector->spool->next) != end) {
        return;
    }
    if (fallocate(collector->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, SPOOL_HEAD,
                  (off_t)(end - SPOOL_HEAD)) == 0 &&
        atomic_compare_exchange_strong(&collector->spool->next, &end, SPOOL_HEAD)) {
        collector->at = SPOOL_HEAD;
    }
}

/* Takes all whole records. One that is not yet whole holds back only where the next look begins;
   `last` is the last look, at which its process is taken to have died. */
static void take_records(struct collector *collector, bool last)
{
    uint64_t end = atomic_load(&collector->spool->next), at = collector->at;
    bool all = true; /* so far */
    while (at < end && end <= collector->bytes) {
        struct spool_record *record =
            (struct spool_record *)(void *)((char *)collector->spool + at);
        uint64_t room = atomic_load(&record->room);
        uint32_t state = atomic_load(&record->state);
        if (room == 0 && last) {
            room = SPOOL_UNIT; /* claimed and not begun: the next one is looked for */
        }
        if (room == 0 || room > end - at) {
            break;
        }
        if (state == SPOOL_WHOLE || (state == SPOOL_HELD && last)) {
            if (atomic_compare_exchange_strong(&record->state, &state, SPOOL_TAKING)) {
                take_record(collector, record, atomic_load(&record->room));
            }
        }
        all = all && state != SPOOL_OPEN && state != SPOOL_HELD;
        at += room;
        if (all) {
            collector->at = at;
        }
    }
    rewind_spool(collector);
}

static void print_note(struct collector *collector, const struct spool_note *note, int main_pid)
{
    static const char *const whys[] = {
        [NOTE_SANITIZER] = "it was built with a sanitizer, whose malloc must come before the "
                           "recorder's: nothing is recorded",
        [NOTE_OWN_MALLOC] = "it brings a malloc of its own, before which none can be preloaded: "
                            "nothing is recorded (an allocator emitted with 'stats: profile' "
                            "writes profiles from inside)"};
    char command[sizeof note->command + 1] = "";
    memcpy(command, note->command, sizeof note->command);
    const char *name = utf8_visible(collector->arena, command);
    uint32_t kind = atomic_load(&note->kind);
    if (kind == NOTE_LOST) {
        fprintf(stderr, "poolgen record: %s (process %d): its profile is lost: %s\n", name,
                note->pid, strerror(note->error));
        collector->lost = true;
        collector->main_barred = collector->main_barred || note->pid == main_pid;
    } else if (kind < sizeof whys / sizeof whys[0] && whys[kind] != NULL) {
        fprintf(stderr, "poolgen record: %s (process %d): %s\n", name, note->pid, whys[kind]);
        collector->main_barred = collector->main_barred || note->pid == main_pid;
    }
}

static void print_notes(struct collector *collector, int main_pid)
{
    struct spool *spool = collector->spool;
    while (collector->notes < SPOOL_NOTES &&
           atomic_load(&spool->notes[collector->notes].kind) != NOTE_NONE) {
        print_note(collector, &spool->notes[collector->notes++], main_pid);
    }
}

void collect_look(struct collector *collector, int main_pid)
{
    if (collector->spool == NULL) {
        return;
    }
    print_notes(collector, main_pid);
    take_records(collector, false);
}

/* Why the command has left no profile. */
static const char *explain_loss(const struct collector *collector, int status)
{
    if (atomic_load(&collector->spool->main_attached) == 0) {
        return "the recorder was not loaded into it, so there is no profile: the system preloads "
               "nothing into programs that are linked statically or run with more rights than "
               "their user";
    }
    if (WIFSIGNALED(status)) {
        return arena_format(collector->arena, "%s ended it before it could write a profile",
                            strsignal(WTERMSIG(status)));
    }
    return "it ended without a profile: by a system call of its own, or as a program that "
           "cannot be recorded";
}

bool collect_end(struct collector *collector, int main_pid, int status)
{
    struct spool *spool = collector->spool;
    if (spool == NULL) {
        /* Each process has said itself what it could not write. */
        struct stat now;
        const struct stat *old = &collector->old;
        return stat(collector->path, &now) == 0 &&
               (now.st_ino != old->st_ino || now.st_mtim.tv_sec != old->st_mtim.tv_sec ||
                now.st_mtim.tv_nsec != old->st_mtim.tv_nsec);
    }
    atomic_store(&spool->closed, 1);
    print_notes(collector, main_pid);
    take_records(collector, true);
    if (atomic_load(&spool->exec_error) != 0) {
        return false; /* which has been said */
    }
    bool written = collector->main_written || atomic_load(&spool->main_wrote) != 0;
    if (!written && !collector->main_barred && !collector->lost) {
        fprintf(stderr, "poolgen record: %s: %s\n", collector->command,
                explain_loss(collector, status));
    }
    return written && !collector->lost;
}
