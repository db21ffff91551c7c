#include "process.h"
#include "count.h"
#include "lock.h"
#include "profile.h"
#include "snapshot.h"
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* SIGUSR1 asks for the profile so far. The others end a program that does not handle them, and a
   server's profile should survive its being stopped. */
static const int answered[] = {SIGUSR1, SIGTERM, SIGINT, SIGHUP};

static struct identity identity;
static char base_path[4096]; /* POOLGEN_RECORD, absolute */
static char process_path[4096 + 16];
static char command[256];
static pid_t main_pid; /* the process that `poolgen record` became; 0 = not started by it */

static uint64_t interval = UINT64_C(1000000000); /* nanoseconds between snapshots */
static bool started;

static int (*next_sigaction)(int, const struct sigaction *, struct sigaction *);

static void warn(const char *what, const char *why)
{
    char line[4096 + 256];
    int length = snprintf(line, sizeof line, "poolgen record: %s: %s\n", what, why);
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
        return; /* there is nowhere left to say so */
}

/* A process of its own gets an id, a date, and a path: the given one for the command itself, with
   the process's number before the extension for every other. */
static void begin_run(void)
{
    unsigned char random[16] = {0};
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        memcpy(random, &now, sizeof random);
        random[15] ^= (unsigned char)getpid();
    }
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(identity.id + 2 * i, 3, "%02x", random[i]);

    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    identity.began = now.tv_sec;
    identity.pid = getpid();
    identity.command = command;
    identity.path = base_path;
    if (identity.pid != main_pid) {
        size_t stem = strlen(base_path);
        if (stem > 5 && strcmp(base_path + stem - 5, ".json") == 0)
            stem -= 5;
        snprintf(process_path, sizeof process_path, "%.*s.%d%s", (int)stem, base_path, identity.pid,
                 base_path + stem);
        identity.path = process_path;
    }
    snapshot_start(interval);
}

static void write_now(void)
{
    int saved = errno;
    if (getpid() == identity.pid) {
        snapshot_take();
        if (!profile_write(&identity))
            warn(identity.path, strerrordesc_np(errno));
    }
    errno = saved;
}

static void serve(int signal)
{
    write_now();
    if (signal == SIGUSR1)
        return;
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
    if (!is_answered(signal))
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

static void fork_child(void)
{
    count_restart();
    begin_run();
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

void process_start(void)
{
    if (started)
        return;
    started = true;
    void *found = dlsym(RTLD_NEXT, "sigaction");
    memcpy(&next_sigaction, &found, sizeof found);
    count_start();
    snapshot_start(interval);
}

void process_finish(void)
{
    lock_take();
    write_now();
    lock_release();
}

__attribute__((constructor)) static void construct(void)
{
    process_start();
    read_environment();
    begin_run();
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
