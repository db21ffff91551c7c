#include "process.h"
#include "count.h"
#include "handover.h"
#include "interpose.h"
#include "lock.h"
#include "lower.h"
#include "profile.h"
#include "shadow.h"
#include "snapshot.h"
#include "system.h"
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* SIGUSR1 asks for the profile so far. The others end a program that does not handle them, and a
   server's profile should survive its being stopped. */
static const int answered[] = {SIGUSR1, SIGTERM, SIGINT, SIGHUP};

static struct identity identity;
static char base_path[4096]; /* POOLGEN_RECORD, absolute */
static char command[256];
static pid_t main_pid;   /* the command that `poolgen record` started; 0 = not started by it */
static uint64_t seed[2]; /* of runs' ids, of which each forked child begins one */

static uint64_t interval = UINT64_C(1000000000); /* nanoseconds between snapshots */
static bool started;
static bool recording;         /* from the constructor on, unless the process is barred */
static struct stat error_file; /* standard error at the start; of no device if there was none */

static int (*next_sigaction)(int, const struct sigaction *, struct sigaction *);
static void (*next_exit)(int);
static pid_t (*next_fork)(void);

/* ---- what is said on standard error, if nobody takes it over */

/* The program may have closed it, and opened a file of its own in its place. */
static bool has_standard_error(void)
{
    struct stat now;
    return error_file.st_nlink != 0 && fstat(STDERR_FILENO, &now) == 0 &&
           now.st_dev == error_file.st_dev && now.st_ino == error_file.st_ino;
}

/* Called with the signals blocked that writing may raise. */
static void warn(const char *what, const char *why)
{
    static char line[4096 + 256]; /* guarded by the recorder's lock: a handler's stack is small */
    const char *const parts[] = {"poolgen record: ", what, ": ", why, "\n"};
    size_t used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (const char *c = parts[i]; *c != '\0' && used < sizeof line; c++)
            line[used++] = *c >= ' ' || *c == '\n' ? *c : '?';
    if (has_standard_error() && system_calls.write(STDERR_FILENO, line, used) < 0)
        return; /* there is nowhere left to say so */
}

/* ---- runs */

/* A step of the splitmix64 generator. */
static uint64_t draw(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* Random, and no two processes' are the same: a child's differ from its parent's and from those of
   its siblings by its number and the time. No system call that a child might not be allowed. */
static void choose_id(const struct timespec *now)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t half = 0; half < 2; half++) {
        seed[half] ^=
            (uint64_t)identity.pid << 32 ^ (uint64_t)now->tv_sec << 20 ^ (uint64_t)now->tv_nsec;
        uint64_t random = draw(&seed[half]);
        for (size_t i = 0; i < 16; i++)
            identity.id[16 * half + i] = digits[random >> 4 * i & 15];
    }
}

/* A process of its own gets an id and a date. */
static void begin_run(void)
{
    struct timespec now = {0, 0};
    system_calls.clock_gettime(CLOCK_REALTIME, &now);
    identity.pid = getpid();
    identity.began = now.tv_sec;
    identity.command = command;
    identity.is_main = handover_is_main(identity.pid, main_pid);
    choose_id(&now);
    snapshot_start(interval);
}

/* ---- writing */

/* What writing raises is the recorder's doing: it must neither end the program nor reach it. */
static void block_own_signals(sigset_t *own, sigset_t *before, sigset_t *pending)
{
    sigemptyset(own);
    sigaddset(own, SIGXFSZ); /* a limit on the size of files */
    sigaddset(own, SIGPIPE); /* standard error is read by nobody */
    sigaddset(own, SIGTTOU); /* or is the terminal of another job */
    pthread_sigmask(SIG_BLOCK, own, before);
    sigpending(pending);
}

static void unblock_own_signals(const sigset_t *own, const sigset_t *before,
                                const sigset_t *pending)
{
    static const struct timespec now = {0, 0};
    sigset_t raised;
    sigemptyset(&raised);
    for (int signal = 1; signal < 32; signal++)
        if (sigismember(own, signal) == 1 && sigismember(pending, signal) == 0)
            sigaddset(&raised, signal);
    while (sigtimedwait(&raised, NULL, &now) > 0)
        ;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Writes the file, or says that it is lost. A vfork'ed child, in its parent's memory, must not. */
static __attribute__((noinline)) void write_file(void)
{
    sigset_t own, before, pending;
    int cancelling;
    if (getpid() != identity.pid)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
    block_own_signals(&own, &before, &pending);
    handover_hold(&identity);
    bool is_written = profile_write(&identity, base_path);
    int error = errno;
    handover_let_go(&identity, is_written);
    if (is_written) {
        if (identity.is_main)
            handover_tell_wrote();
    } else if (!handover_note(NOTE_LOST, &identity, error)) {
        warn(profile_path(), strerrordesc_np(error));
    }
    unblock_own_signals(&own, &before, &pending);
    pthread_setcancelstate(cancelling, NULL);
}

/* To poolgen record, without a system call, while it is there. */
static void write_now(void)
{
    int saved = errno;
    snapshot_take();
    if (!profile_hand_over(&identity))
        write_file();
    errno = saved;
}

static void serve(int signal)
{
    write_now();
    if (signal == SIGUSR1 || getpid() == 1)
        return; /* what a container's first process does not handle does not end it */
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    next_sigaction(signal, &plain, NULL);
    kill(getpid(), signal); /* arrives when the handler returns */
}

static void handle(int signal)
{
    if (!lock_try()) {
        lock_leave_request(signal);
        return;
    }
    serve(signal);
    lock_release();
}

static int answer(int signal)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return next_sigaction(signal, &action, NULL);
}

static bool is_answered(int signal)
{
    for (size_t i = 0; i < sizeof answered / sizeof answered[0]; i++)
        if (answered[i] == signal)
            return true;
    return false;
}

int process_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    process_start();
    if (!recording || !is_answered(signal))
        return next_sigaction(signal, action, old);

    struct sigaction before;
    if (next_sigaction(signal, NULL, &before) != 0)
        return -1;
    bool ours = (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == handle;
    int result = 0;
    if (action != NULL)
        result = (action->sa_flags & SA_SIGINFO) == 0 && action->sa_handler == SIG_DFL
                     ? answer(signal)
                     : next_sigaction(signal, action, NULL);
    if (result == 0 && old != NULL) {
        *old = before;
        if (ours)
            *old = (struct sigaction){.sa_handler = SIG_DFL};
    }
    return result;
}

static void fork_prepare(void)
{
    lock_take();
}

static void fork_parent(void)
{
    lock_release();
}

/* Makes a child a process of its own, whoever made it. */
static void adopt(void)
{
    count_restart();
    begin_run();
}

static void fork_child(void)
{
    lock_forget();
    lock_take();
    lock_release();
}

static void read_environment(void)
{
    const char *path = getenv("POOLGEN_RECORD");
    if (path == NULL || path[0] == '\0')
        path = "profile.json";
    char folder[2048] = "";
    if (path[0] != '/' && getcwd(folder, sizeof folder) == NULL)
        folder[0] = '\0';
    snprintf(base_path, sizeof base_path, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", path);

    const char *pid = getenv("POOLGEN_RECORD_PID");
    if (pid != NULL)
        main_pid = (pid_t)strtol(pid, NULL, 10);
    const char *milliseconds = getenv("POOLGEN_RECORD_INTERVAL");
    if (milliseconds != NULL && strtoull(milliseconds, NULL, 10) > 0)
        interval = strtoull(milliseconds, NULL, 10) * 1000000;
    snprintf(command, sizeof command, "%s", program_invocation_short_name);
}

/* Each sanitizer's runtime has one of these. */
#define RUNTIME(name) extern void name(void) __attribute__((weak, visibility("default")))
RUNTIME(__asan_init);
RUNTIME(__hwasan_init);
RUNTIME(__lsan_init);
RUNTIME(__memprof_init);
RUNTIME(__msan_init);
RUNTIME(__tsan_init);

bool process_is_sanitized(void)
{
    return __asan_init != NULL || __hwasan_init != NULL || __lsan_init != NULL ||
           __memprof_init != NULL || __msan_init != NULL || __tsan_init != NULL;
}

/* Why nothing can be recorded here. Addresses do not tell whose malloc it is that all call: an
   executable's stub for the recorder's may stand for it. */
static enum spool_note_kind find_bar(void)
{
    if (process_is_sanitized())
        return NOTE_SANITIZER;
    void (*volatile release)(void *) = free;
    release(NULL);
    return interpose_saw_null() ? NOTE_NONE : NOTE_OWN_MALLOC;
}

uint64_t process_addresses(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur;
}

void process_start(void)
{
    if (started)
        return;
    started = true;
    /* First what the first block needs: looking for symbols may allocate. */
    if (process_addresses() != UINT64_MAX)
        shadow_start_small();
    count_start(process_addresses());
    snapshot_drop_pages();
    system_symbol(RTLD_NEXT, "sigaction", &next_sigaction);
    system_symbol(RTLD_NEXT, "_exit", &next_exit);
    system_symbol(RTLD_NEXT, "_Fork", &next_fork);
    lock_start();
    lock_adopt = adopt;
    snapshot_start(interval);
}

bool process_records(void)
{
    return recording;
}

void process_finish(void)
{
    if (!recording)
        return;
    lock_take();
    write_now();
    lock_release();
}

pid_t process_fork(void)
{
    process_start();
    if (next_fork == NULL) {
        errno = ENOSYS;
        return -1;
    }
    pid_t child = next_fork();
    if (child == 0 && recording) {
        lock_take(); /* which makes the child a process of its own */
        lock_release();
    }
    return child;
}

void process_leave(int status)
{
    if (next_exit != NULL)
        next_exit(status);
    for (;;)
        syscall(SYS_exit_group, status);
}

/* Nothing will be recorded: says why. */
static void step_aside(enum spool_note_kind why)
{
    sigset_t own, before, pending;
    lower_aside = true;
    if (handover_note(why, &identity, 0))
        return;
    block_own_signals(&own, &before, &pending);
    warn(command, why == NOTE_SANITIZER ? "built with a sanitizer: nothing is recorded"
                                        : "has a malloc of its own: nothing is recorded");
    unblock_own_signals(&own, &before, &pending);
}

__attribute__((constructor)) static void construct(void)
{
    enum { HANDOVER_SHARE = 256 }; /* of limited addresses */
    process_start();
    read_environment();
    if (fstat(STDERR_FILENO, &error_file) != 0)
        error_file.st_nlink = 0;
    if (syscall(SYS_getrandom, seed, sizeof seed, GRND_NONBLOCK) != (long)sizeof seed)
        seed[0] = (uintptr_t)&started; /* wherever the loader put it */
    handover_attach(process_addresses() / HANDOVER_SHARE);
    begin_run();
    enum spool_note_kind bar = find_bar();
    if (bar != NOTE_NONE) {
        step_aside(bar);
        return;
    }
    if (identity.is_main)
        handover_tell_attached();
    system_find();
    shadow_note_pages();
    snapshot_note_pages();
    recording = true;
    lock_serve = serve;
    pthread_atfork(fork_prepare, fork_parent, fork_child);
    at_quick_exit(process_finish);
    for (size_t i = 0; i < sizeof answered / sizeof answered[0]; i++) {
        struct sigaction now;
        if (next_sigaction(answered[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            answer(answered[i]);
    }
}

__attribute__((destructor)) static void destruct(void)
{
    process_finish();
}
