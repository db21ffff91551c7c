/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the C library's */
#define _GNU_SOURCE /* prctl's constants, sigtimedwait */
#include "command/watch.h"
#include "base/utf8.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sent to the command when they are sent here. Not those that stop a job, which act on each process
   of it. */
static const int forwarded[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
                                SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};

/* What this process has changed of itself, for the command to have it as it was. */
struct inherited {
    sigset_t mask;
    struct sigaction child;
};

static void prepare_signals(struct inherited *inherited, sigset_t *watched)
{
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &plain, &inherited->child); /* where it is ignored no status is kept */
    sigemptyset(watched);
    sigaddset(watched, SIGCHLD);
    for (size_t i = 0; i < sizeof forwarded / sizeof forwarded[0]; i++) {
        sigaddset(watched, forwarded[i]);
    }
    sigprocmask(SIG_BLOCK, watched, &inherited->mask);
}

static void become(const struct collector *collector, char **argv,
                   const struct inherited *inherited, pid_t parent)
{
    char number[24];
    snprintf(number, sizeof number, "%ld", (long)getpid());
    setenv("POOLGEN_RECORD_PID", number, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* who kills the one means the other */
    if (getppid() != parent) {
        _exit(1);
    }
    sigaction(SIGCHLD, &inherited->child, NULL);
    sigaction(SIGXFSZ, &collector->files_signal, NULL);
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
    execvp(argv[0], argv);
    fprintf(stderr, "poolgen record: %s: %s\n", collector->command, strerror(errno));
    if (collector->spool != NULL) {
        atomic_store(&collector->spool->exec_error, (uint32_t)errno);
    }
    _exit(1);
}

/* The terminal's signals, SI_KERNEL, have reached the command as well, which is of the same job. */
static bool is_for_command(int signal, const siginfo_t *info, pid_t command)
{
    return signal > 0 && signal != SIGCHLD && info->si_code <= 0 && info->si_pid != command;
}

/* Collects until the command has ended; returns what waitpid says. */
static int wait_for(struct collector *collector, pid_t command, const sigset_t *watched)
{
    static const struct timespec pause = {0, 20000000};
    int status = 0;
    while (waitpid(command, &status, WNOHANG) == 0) {
        siginfo_t info;
        int signal = sigtimedwait(watched, &info, &pause);
        if (is_for_command(signal, &info, command)) {
            kill(command, signal);
        }
        collect_look(collector, command);
    }
    return status;
}

/* Ends this process as the command ended. */
static void die_of(int signal)
{
    const struct rlimit none = {0, 0};
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t own;
    setrlimit(RLIMIT_CORE, &none); /* the command has left its core */
    sigaction(signal, &plain, NULL);
    sigemptyset(&own);
    sigaddset(&own, signal);
    fflush(NULL);
    sigprocmask(SIG_UNBLOCK, &own, NULL);
    raise(signal);
}

int watch_command(struct collector *collector, char **argv)
{
    struct inherited inherited;
    sigset_t watched;
    pid_t parent = getpid();
    prepare_signals(&inherited, &watched);
    pid_t command = fork();
    if (command == 0) {
        become(collector, argv, &inherited, parent);
    }
    if (command < 0) {
        fprintf(stderr, "poolgen record: %s: %s\n", collector->command, strerror(errno));
        return 1;
    }
    int status = wait_for(collector, command, &watched);
    bool whole = collect_end(collector, command, status);
    if (WIFSIGNALED(status)) {
        die_of(WTERMSIG(status));
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return code == 0 && !whole ? 1 : code;
}
