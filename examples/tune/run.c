/* run FILE COMMAND [ARGUMENT...]: runs the command, whose input and output stay as they are, and
   appends to FILE its CPU time in microseconds and its greatest resident size in KiB. SIGTERM is
   passed on to it. Exits as it does, but 0 if SIGTERM ended it. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t child;

static void pass_on(int signal)
{
    kill(child, signal);
}

int main(int argc, char **argv)
{
    struct rusage used;
    int status;
    if (argc < 3)
        return 2;
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    signal(SIGTERM, pass_on);
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR)
            return 1;
    FILE *file = fopen(argv[1], "a");
    if (file == NULL)
        return 1;
    fprintf(file, "%ld %ld\n",
            (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec +
                used.ru_stime.tv_usec,
            used.ru_maxrss);
    if (fclose(file) != 0)
        return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) != SIGTERM;
}
