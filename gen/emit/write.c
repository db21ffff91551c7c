/* Outputs replace their targets by rename, so that a reader of a target sees the old file or the
   new one and nothing between. What can fail is done first (all temporary files are complete,
   checked at fwrite, fflush and fclose, before the first rename); what is left can be undone.

   There is no fsync. It would guard against a power cut, after which a generated file is made
   again like any object file, and would cost more time than all the rest of poolgen. */
#include "emit/write.h"
#include "emit/diff.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_LINKS = 40,   /* symlinks followed for one path, as in Linux */
    MAX_TRIES = 100,  /* names tried for a temporary file */
    NAME_SPACE = 64,  /* bytes for the base name of a temporary file */
    LINK_SPACE = 4096 /* bytes for the target of a symlink */
};

/* One file that is going to be replaced. Names are allocated before the first file is created:
   from then on nothing allocates, because the jump on a failed allocation would skip the cleaning
   up. */
struct job {
    const struct output *output;
    const char *target; /* output's path with symlinks followed */
    const char *folder; /* of the target, with the final slash; "" if it has none */
    struct stat folder_stat;
    bool exists;     /* there is an old file */
    struct text old; /* its contents */
    char *temporary; /* the new contents; "" while there is no such file */
    char *backup;    /* the old file, for undoing; "" while there is no such file */
};

/* Says why an output cannot be written; returns false for the caller to return. */
static bool refuse(FILE *errors, const char *path, const char *why)
{
    fprintf(errors, "poolgen: cannot write '%s': %s\n", path, why);
    return false;
}

/* ---- finding the target */

/* The path up to and with its last slash. */
static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return arena_copy(arena, path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* Follows the symlinks at the end of a path. By hand, because realpath(3) refuses a link to a file
   that does not exist yet. NULL, with errno set, on failure. */
static const char *follow_links(struct arena *arena, const char *path)
{
    for (int links = 0; links <= MAX_LINKS; links++) {
        char link[LINK_SPACE];
        ssize_t length = readlink(path, link, sizeof link);
        if (length < 0) {
            return errno == EINVAL || errno == ENOENT ? path : NULL; /* a file, or nothing yet */
        }
        if ((size_t)length == sizeof link) {
            errno = ENAMETOOLONG;
            return NULL;
        }
        const char *folder = link[0] == '/' ? "" : folder_of(arena, path);
        path = arena_format(arena, "%s%.*s", folder, (int)length, link);
    }
    errno = ELOOP;
    return NULL;
}

/* Reads the regular file that `status` describes. False, with errno set, on failure. */
static bool read_file(struct arena *arena, const char *path, const struct stat *status,
                      struct text *contents)
{
    size_t size = (size_t)status->st_size;
    char *data = arena_alloc(arena, size + 1); /* before the file is open: see struct job */
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false;
    }
    size_t length = fread(data, 1, size, file);
    bool good = !ferror(file);
    fclose(file);
    *contents = (struct text){.arena = arena, .data = data, .length = length, .capacity = size + 1};
    return good;
}

/* Looks at what is there now: the folder, and whether there is an old file, which `status` then
   describes. */
static bool find_target(struct arena *arena, struct job *job, struct stat *status, FILE *errors)
{
    const char *path = job->output->path;
    job->target = follow_links(arena, path);
    if (!job->target) {
        return refuse(errors, path, strerror(errno));
    }
    job->folder = folder_of(arena, job->target);
    if (stat(*job->folder ? job->folder : ".", &job->folder_stat) != 0) {
        return refuse(errors, path,
                      errno == ENOENT ? "its folder does not exist" : strerror(errno));
    }

    if (stat(job->target, status) != 0) {
        return errno == ENOENT || refuse(errors, path, strerror(errno));
    }
    if (!S_ISREG(status->st_mode)) {
        return refuse(errors, path, "it is not a regular file");
    }
    job->exists = true;
    return true;
}

const char *write_target(struct arena *arena, const char *path, FILE *errors)
{
    const struct output output = {.path = path};
    struct job job = {.output = &output};
    struct stat status;
    if (!find_target(arena, &job, &status, errors)) {
        return NULL;
    }
    if (access(*job.folder ? job.folder : ".", W_OK | X_OK) != 0) {
        refuse(errors, path, strerror(errno));
        return NULL;
    }
    return job.target;
}

/* find_target, and the old file's contents. */
static bool inspect(struct arena *arena, struct job *job, FILE *errors)
{
    struct stat status;
    if (!find_target(arena, job, &status, errors)) {
        return false;
    }
    return !job->exists || read_file(arena, job->target, &status, &job->old) ||
           refuse(errors, job->output->path, strerror(errno));
}

static bool same_contents(const struct text *a, const struct text *b)
{
    return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static bool same_target(const struct job *a, const struct job *b)
{
    return a->folder_stat.st_dev == b->folder_stat.st_dev &&
           a->folder_stat.st_ino == b->folder_stat.st_ino &&
           strcmp(a->target + strlen(a->folder), b->target + strlen(b->folder)) == 0;
}

static bool all_differ(const struct job *jobs, size_t count, FILE *errors)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_target(&jobs[i], &jobs[j])) {
                const char *other = jobs[j].output->path;
                fprintf(errors, "poolgen: '%s' and '%s' are the same file\n", other,
                        jobs[i].output->path);
                return false;
            }
        }
    }
    return true;
}

/* ---- temporary files */

/* Creates a file beside the target with the mode that the umask gives, and sets `name` (of
   strlen(folder) + NAME_SPACE bytes) to it. Returns its descriptor; -1 with errno, and an empty
   name, on failure. */
static int create_beside(const struct job *job, char *name)
{
    size_t space = strlen(job->folder) + NAME_SPACE;
    for (int try = 0; try < MAX_TRIES; try++) {
        snprintf(name, space, "%s.poolgen-%ld-%d.tmp", job->folder, (long)getpid(), try);
        int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0) {
            return file;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    *name = '\0';
    return -1;
}

/* Writes `contents` to a new file beside the target. False with errno on failure; a file that is
   then left is remove_temporaries' to remove. */
static bool write_beside(const struct job *job, char *name, const struct text *contents)
{
    int descriptor = create_beside(job, name);
    if (descriptor < 0) {
        return false;
    }
    FILE *file = fdopen(descriptor, "wb");
    if (!file) {
        int reason = errno;
        close(descriptor);
        errno = reason;
        return false;
    }
    /* After a failed flush there may be nothing left for fclose to fail at: each one counts. */
    bool good = contents->length == 0 ||
                fwrite(contents->data, 1, contents->length, file) == contents->length;
    good = good && fflush(file) == 0;
    int reason = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        reason = errno;
    }
    errno = reason;
    return good;
}

/* Keeps the old file under a second name. A hard link keeps its owner, mode and time too; where
   there are no links, a copy has to do. */
static bool back_up(const struct job *job)
{
    int file = create_beside(job, job->backup);
    if (file < 0) {
        return false;
    }
    close(file);
    if (unlink(job->backup) == 0 && link(job->target, job->backup) == 0) {
        return true;
    }
    return write_beside(job, job->backup, &job->old);
}

static void remove_temporary(char *name)
{
    if (*name) {
        unlink(name);
    }
    *name = '\0';
}

/* ---- replacing all or none */

/* Undoes the first `count` jobs. A backup that cannot be put back is left, and named. */
static void roll_back(struct job *jobs, size_t count, FILE *errors)
{
    for (size_t i = 0; i < count; i++) {
        struct job *job = &jobs[i];
        if (!job->exists) {
            unlink(job->target);
        } else if (rename(job->backup, job->target) != 0) {
            fprintf(errors, "poolgen: cannot put back '%s': %s; its old contents are in '%s'\n",
                    job->output->path, strerror(errno), job->backup);
        }
        *job->backup = '\0';
    }
}

/* Completes every temporary file and every backup. The last job needs no backup: if its rename
   fails, nothing has happened to its target. */
static bool stage(struct job *jobs, size_t count, FILE *errors)
{
    for (size_t i = 0; i < count; i++) {
        if (!write_beside(&jobs[i], jobs[i].temporary, &jobs[i].output->text) ||
            (i + 1 < count && jobs[i].exists && !back_up(&jobs[i]))) {
            return refuse(errors, jobs[i].output->path, strerror(errno));
        }
    }
    return true;
}

static bool replace(struct job *jobs, size_t count, FILE *errors)
{
    for (size_t i = 0; i < count; i++) {
        if (rename(jobs[i].temporary, jobs[i].target) != 0) {
            refuse(errors, jobs[i].output->path, strerror(errno));
            roll_back(jobs, i, errors);
            return false;
        }
        *jobs[i].temporary = '\0';
    }
    return true;
}

/* The signals that end a program from outside wait while there are temporary files, so that they
   neither leave one behind nor split a set of outputs; all but the ignored ones, which would only
   seem to be waiting. Past a file-size limit a write shall fail
   and not kill. */
static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGXCPU};
enum { ENDING_SIGNALS = sizeof ending_signals / sizeof *ending_signals };

struct held_signals {
    sigset_t blocked_before;
    struct sigaction file_size_before;
};

static void hold_signals(struct held_signals *held)
{
    sigset_t ending;
    sigemptyset(&ending);
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        struct sigaction now;
        if (sigaction(ending_signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
            sigaddset(&ending, ending_signals[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &ending, &held->blocked_before);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, &held->file_size_before);
}

static bool signal_waits(void)
{
    sigset_t pending;
    sigpending(&pending);
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        if (sigismember(&pending, ending_signals[i]) == 1) {
            return true;
        }
    }
    return false;
}

static void release_signals(const struct held_signals *held)
{
    sigaction(SIGXFSZ, &held->file_size_before, NULL);
    sigprocmask(SIG_SETMASK, &held->blocked_before, NULL);
}

static bool run_jobs(struct job *jobs, size_t count, FILE *errors)
{
    struct held_signals held;
    hold_signals(&held);
    bool good = stage(jobs, count, errors);
    if (good && signal_waits()) {
        fputs("poolgen: interrupted; nothing is written\n", errors);
        good = false;
    }
    good = good && replace(jobs, count, errors);
    for (size_t i = 0; i < count; i++) {
        remove_temporary(jobs[i].temporary);
        remove_temporary(jobs[i].backup);
    }
    release_signals(&held);
    return good;
}

/* Moves the jobs that must be done to the front, and of those the ones that are always done to
   their end: make takes the newest output for the time of them all. Returns how many. */
static size_t select_jobs(struct job *jobs, size_t count, struct arena *arena)
{
    struct job *chosen = arena_alloc(arena, count * sizeof *chosen);
    size_t chosen_count = 0;
    for (int always = 0; always <= 1; always++) {
        for (size_t i = 0; i < count; i++) {
            const struct job *job = &jobs[i];
            bool changed = !job->exists || !same_contents(&job->old, &job->output->text);
            if (job->output->always == always && (always || changed)) {
                chosen[chosen_count++] = *job;
            }
        }
    }
    memcpy(jobs, chosen, chosen_count * sizeof *jobs);
    return chosen_count;
}

bool write_outputs(struct arena *arena, const struct output *outputs, size_t count, FILE *errors)
{
    struct job *jobs = arena_alloc(arena, count * sizeof *jobs);
    for (size_t i = 0; i < count; i++) {
        jobs[i].output = &outputs[i];
        if (!inspect(arena, &jobs[i], errors)) {
            return false;
        }
        jobs[i].temporary = arena_alloc(arena, strlen(jobs[i].folder) + NAME_SPACE);
        jobs[i].backup = arena_alloc(arena, strlen(jobs[i].folder) + NAME_SPACE);
    }
    if (!all_differ(jobs, count, errors)) {
        return false;
    }
    return run_jobs(jobs, select_jobs(jobs, count, arena), errors);
}

bool write_or_print(struct arena *arena, const char *path, const struct text *text, FILE *errors)
{
    if (path != NULL && strcmp(path, "-") != 0) {
        struct output output = {.path = path, .text = *text};
        return write_outputs(arena, &output, 1, errors);
    }
    if (fwrite(text->data, 1, text->length, stdout) == text->length && fflush(stdout) == 0) {
        return true;
    }
    fprintf(errors, "poolgen: standard output: %s\n", strerror(errno));
    return false;
}

/* ---- --check */

/* 1 if the output is missing or stale, 0 if it is as it should be, -1 on an error. */
static int check_output(struct arena *arena, const struct output *output, FILE *diff, FILE *errors)
{
    struct stat status;
    struct text old = {.data = ""};
    bool missing = stat(output->path, &status) != 0;
    const char *why = missing                   ? strerror(errno)
                      : S_ISREG(status.st_mode) ? NULL
                                                : "it is not a regular file";
    if (missing && (errno == ENOENT || errno == ENOTDIR)) {
        why = NULL;
    } else if (!why && !read_file(arena, output->path, &status, &old)) {
        why = strerror(errno);
    }
    if (why) {
        fprintf(errors, "poolgen: cannot check '%s': %s\n", output->path, why);
        return -1;
    }
    if (!missing && same_contents(&old, &output->text)) {
        return 0;
    }
    struct diff_side before = {missing ? "/dev/null" : output->path, old.data, old.length};
    struct diff_side after = {output->path, output->text.data ? output->text.data : "",
                              output->text.length};
    diff_print(diff, arena, &before, &after);
    return 1;
}

int write_check(struct arena *arena, const struct output *outputs, size_t count, FILE *diff,
                FILE *errors)
{
    int stale = 0;
    bool failed = false;
    for (size_t i = 0; i < count; i++) {
        int result = check_output(arena, &outputs[i], diff, errors);
        failed = failed || result < 0;
        stale += result > 0;
    }
    return failed ? -1 : stale;
}

/* ---- --depfile */

/* What GNU make 4 takes for itself in a rule, told by trying every character against it. */
static const char quoted_in_targets[] = " #:%*?[";
static const char quoted_in_prerequisites[] = " #:|*?[";

/* Appends a path as make reads it back. A quoted character has a backslash before it, and only
   there are the path's own backslashes doubled. An equals sign cannot be quoted, and would make a
   variable of the rule, so it comes out of a function call. */
static void append_for_make(struct text *out, const char *path, const char *quoted)
{
    size_t backslashes = 0; /* right before the character at hand */
    for (; *path; path++) {
        if (strchr(quoted, *path)) {
            for (size_t i = 0; i <= backslashes; i++) {
                text_string(out, "\\");
            }
        }
        if (*path == '$') {
            text_string(out, "$$");
        } else if (*path == '=') {
            text_string(out, "$(subst ,,=)");
        } else {
            text_append(out, path, 1);
        }
        backslashes = *path == '\\' ? backslashes + 1 : 0;
    }
}

/* True if some spelling makes make see this path. (For a semicolon there is one, but it depends on
   how often the version at hand unquotes the line.) */
static bool fits_make(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)path[i] < ' ' || path[i] == ';') {
            return false;
        }
    }
    return length > 0 && path[length - 1] != ' ' && path[length - 1] != '\\';
}

static bool add_to_depfile(struct text *out, const char *path, const char *quoted, FILE *errors)
{
    if (!fits_make(path)) {
        fprintf(errors, "poolgen: make has no way to write the name '%s'\n", path);
        return false;
    }
    append_for_make(out, path, quoted);
    return true;
}

bool write_depfile(struct text *out, const struct output *outputs, size_t count,
                   const char *const *inputs, size_t input_count, FILE *errors)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        text_string(out, i ? " " : "");
        good = add_to_depfile(out, outputs[i].path, quoted_in_targets, errors) && good;
    }
    text_string(out, ":");
    for (size_t i = 0; i < input_count; i++) {
        text_string(out, " ");
        good = add_to_depfile(out, inputs[i], quoted_in_prerequisites, errors) && good;
    }
    text_string(out, "\n");
    return good;
}
