/* A program in trouble of one kind or another, by its first word; run.sh records it. Each returns 0
   when it has met its trouble and come through. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MARK = 1901, MANY_SIZES = 30000, PATIENCE = 20000 }; /* the last in milliseconds */

/* Keeps the compiler from removing an allocation that nobody reads. */
static void *use(void *block)
{
    if (block != NULL)
        *(volatile char *)block = 1;
    return block;
}

static void nap(long microseconds)
{
    const struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&pause, NULL);
}

/* What waitpid says of a child; -1 after a kill if it does not end. */
static int wait_for(pid_t child)
{
    int status;
    for (int i = 0; i < PATIENCE; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
        nap(1000);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

/* Fills the profile, so that writing it takes a while. */
static void meet_many_sizes(void)
{
    for (size_t size = 1; size <= MANY_SIZES; size++)
        free(use(malloc(size)));
}

/* ---- children that fork does not make */

static _Atomic bool stop;

/* Meets sizes and alignments all the time, each of which takes the recorder's lock once. */
static void *meet_sizes(void *first)
{
    unsigned alignment = 4;
    for (size_t size = *(const size_t *)first; !stop; size += 2) {
        void *block;
        if (size > 60000) {
            size = *(const size_t *)first;
            alignment = alignment < 12 ? alignment + 1 : 4;
        }
        if (posix_memalign(&block, (size_t)1 << alignment, size) == 0)
            free(use(block));
    }
    return NULL;
}

static pid_t raw_fork(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static int make_children(pid_t (*make)(void))
{
    static size_t firsts[] = {1, 2};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, meet_sizes, &firsts[i]);
    int failed = 0;
    for (size_t i = 0; i < 100 && failed == 0; i++) {
        pid_t child = make();
        if (child == 0) {
            free(use(malloc(61000 + i)));
            _exit(7);
        }
        int status = wait_for(child);
        failed = !WIFEXITED(status) || WEXITSTATUS(status) != 7;
    }
    stop = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return failed;
}

static int fork_by_raw_call(void)
{
    return make_children(raw_fork);
}

static int fork_by_underscore(void)
{
    return make_children(_Fork);
}

/* One child that leaves a profile of its own. */
static int fork_underscore_once(void)
{
    void *inherited = use(malloc(1301));
    pid_t child = _Fork();
    if (child == 0) {
        free(inherited);
        use(malloc(1303));
        _exit(0);
    }
    return wait_for(child);
}

/* ---- signals */

static _Noreturn void *be_idle(void *unused)
{
    (void)unused;
    for (;;)
        pause();
}

/* SIGTERM comes between two SIGUSR1 while a profile is being written: it must end the program. */
static int lose_no_request(void)
{
    for (int round = 0; round < 10; round++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            for (int i = 0; i < 3; i++)
                pthread_create(&thread, NULL, be_idle, NULL);
            meet_many_sizes();
            kill(getpid(), SIGSTOP);
            be_idle(NULL);
        }
        waitpid(child, NULL, WUNTRACED);
        kill(child, SIGCONT);
        nap(20000);
        kill(child, SIGUSR1);
        nap(2000);
        kill(child, SIGTERM);
        nap(500);
        kill(child, SIGUSR1);
        int status = wait_for(child);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
            return 1;
    }
    return 0;
}

static void *allocate_on(void *random)
{
    unsigned state = *(const unsigned *)random;
    while (!stop) {
        state = state * 1664525 + 1013904223;
        free(use(malloc((state >> 8) % 35000 * 2))); /* never the mark */
    }
    return NULL;
}

/* Profiles are asked for all the time, of threads in the midst of malloc. */
static int be_asked_often(void)
{
    static unsigned seeds[] = {1, 2, 3};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, allocate_on, &seeds[i]);
    for (int i = 0; i < 1000; i++) {
        pthread_kill(threads[i % 3], SIGUSR1);
        nap(200);
    }
    stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return use(malloc(MARK)) == NULL;
}

/* Whoever records is stopped until more is handed over than it has room for, so that the last
   profile is written by the process itself. */
static int hand_over_too_much(void)
{
    if (kill(getppid(), SIGSTOP) != 0)
        return 1;
    for (int i = 0; i < 1100; i++) /* 64 MiB, at 64 KiB or more each */
        raise(SIGUSR1);
    return use(malloc(MARK)) == NULL;
}

static void leave_at_once(int signal)
{
    (void)signal;
    _exit(0);
}

/* Leaves from a handler whose stack holds what the kernel needs, and a KiB. A page that may not be
   touched lies below it. */
static int leave_on_a_small_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), least = getauxval(AT_MINSIGSTKSZ);
    size_t bytes = least + 1024 > 4096 ? least + 1024 : 4096;
    size_t room = (bytes + page - 1) / page * page;
    char *pages =
        mmap(NULL, page + room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages, page, PROT_NONE);
    /* From the guard on: what lies above the stack is not used. */
    const stack_t stack = {.ss_sp = pages + page, .ss_size = bytes};
    const struct sigaction action = {.sa_handler = leave_at_once, .sa_flags = SA_ONSTACK};
    use(malloc(MARK));
    if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGUSR2, &action, NULL) != 0)
        return 1;
    raise(SIGUSR2);
    return 2;
}

static _Atomic int reached;

static void *be_cancelled(void *unused)
{
    (void)unused;
    pthread_cancel(pthread_self());
    raise(SIGUSR1); /* the recorder writes, which is a point of cancellation */
    reached = 1;
    pthread_testcancel();
    return NULL;
}

static int cancel_while_writing(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, be_cancelled, NULL);
    pthread_join(thread, NULL);
    free(use(malloc(MARK))); /* needs the lock */
    return reached == 1 ? 0 : 1;
}

/* ---- what may be missing at the end */

/* Descriptor 2 becomes a file of the program's own, and the profile's folder goes. */
static int keep_data_in_2(const char *data, const char *folder)
{
    close(STDERR_FILENO);
    if (open(data, O_WRONLY | O_CREAT | O_TRUNC, 0600) != STDERR_FILENO)
        return 1;
    rmdir(folder);
    return write(STDERR_FILENO, "data\n", 5) == 5 ? 0 : 2;
}

static int limit_files(void)
{
    const struct rlimit limit = {100, 100};
    use(malloc(MARK));
    return setrlimit(RLIMIT_FSIZE, &limit);
}

/* All descriptors that there may be. */
static int use_up_descriptors(void)
{
    use(malloc(MARK));
    while (open("/dev/null", O_RDONLY) >= 0)
        ;
    return errno == EMFILE ? 0 : 1;
}

static int close_descriptors(void)
{
    use(malloc(MARK));
    for (int file = 0; file < 4096; file++)
        close(file);
    return open("/dev/null", O_RDONLY) == 0 ? 0 : 1;
}

static int drop_rights(void)
{
    use(malloc(MARK));
    return setgid(65534) != 0 || setuid(65534) != 0;
}

static int change_root(const char *folder)
{
    use(malloc(MARK));
    return chroot(folder) != 0 || chdir("/") != 0;
}

/* From here on the process may write and end; anything else kills it. */
static int go_to_jail(void)
{
    use(malloc(MARK));
    const struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {sizeof rules / sizeof rules[0],
                                       (struct sock_filter *)(uintptr_t)rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return 1;
    exit(0);
}

/* ---- limits of memory */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* A thread that allocates and stays until the gate opens. */
static void *hold(void *unused)
{
    void *block = use(malloc(100));
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    free(block);
    return unused;
}

/* Prints how many threads with small stacks there can be at a time, up to `most`. Each allocates.
 */
static int count_threads(const char *most)
{
    enum { STACK = 1 << 20 };
    static pthread_t threads[10000];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int count = 0, limit = atoi(most);
    pthread_mutex_lock(&gate);
    while (count < limit && pthread_create(&threads[count], &attributes, hold, NULL) == 0)
        count++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("%d\n", count);
    return 0;
}

static int mark_in_threads(void)
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        if (pthread_create(&threads[i], NULL, hold, NULL) != 0)
            return 1;
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    return use(malloc(MARK)) == NULL;
}

/* Prints how many KiB blocks of a size make before there are no more. */
static int fill_up(const char *size)
{
    size_t bytes = (size_t)atol(size), count = 0;
    while (use(malloc(bytes)) != NULL)
        count++;
    printf("%zu\n", count * bytes / 1024);
    return 0;
}

/* Locks all memory, which must not be more than a program may often lock: 0 up to `mebibytes`. */
static int lock_memory(const char *mebibytes)
{
    char line[256];
    long locked = -1;
    for (int i = 0; i < 1000; i++)
        use(malloc(4000)); /* so that there is growth */
    if (mlockall(MCL_CURRENT) != 0)
        return 2;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmLck:", 6) == 0)
            locked = atol(line + 6);
    use(malloc(MARK));
    printf("%ld KiB are locked\n", locked);
    return locked < 0 || locked > atol(mebibytes) * 1024;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        int (*run)(void);
    } words[] = {{"fork-raw", fork_by_raw_call},
                 {"fork-underscore", fork_by_underscore},
                 {"fork-once", fork_underscore_once},
                 {"requests", lose_no_request},
                 {"asked-often", be_asked_often},
                 {"hand-over", hand_over_too_much},
                 {"small-stack", leave_on_a_small_stack},
                 {"cancel", cancel_while_writing},
                 {"limit-files", limit_files},
                 {"use-up-descriptors", use_up_descriptors},
                 {"close-descriptors", close_descriptors},
                 {"drop-rights", drop_rights},
                 {"jail", go_to_jail},
                 {"threads-mark", mark_in_threads}};
    const char *word = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].run();
    if (argc > 3 && strcmp(word, "data-in-2") == 0)
        return keep_data_in_2(argv[2], argv[3]);
    if (argc > 2 && strcmp(word, "change-root") == 0)
        return change_root(argv[2]);
    if (argc > 2 && strcmp(word, "lock-memory") == 0)
        return lock_memory(argv[2]);
    if (argc > 2 && strcmp(word, "threads") == 0)
        return count_threads(argv[2]);
    if (argc > 2 && strcmp(word, "fill") == 0)
        return fill_up(argv[2]);
    if (strcmp(word, "leave") == 0 && use(malloc(MARK)) != NULL)
        _exit(0);
    if (strcmp(word, "mark") == 0) {
        void *volatile block = use(malloc(MARK));
        free(block); /* or a sanitizer would ask for it */
        return 0;
    }
    return 99;
}
