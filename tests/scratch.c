#define _XOPEN_SOURCE 700
#include "scratch.h"

#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char scratch[64];
static int folder_before = -1;

/* Others may look into it: a test that is root becomes nobody. */
int enter_scratch(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/poolgen-test-XXXXXX");
    folder_before = open(".", O_RDONLY | O_CLOEXEC);
    bool good = folder_before >= 0 && mkdtemp(scratch) != NULL && chmod(scratch, 0755) == 0;
    return good && chdir(scratch) == 0 ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

int leave_scratch(void **state)
{
    (void)state;
    bool good = fchdir(folder_before) == 0;
    close(folder_before);
    return good && nftw(scratch, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

void put_file(const char *path, const char *contents)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    assert_true(fputs(contents, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int entries;

static int count_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)path;
    (void)status;
    (void)type;
    entries += walk->level > 0;
    return 0;
}

int scratch_entries(void)
{
    entries = 0;
    assert_int_equal(nftw(scratch, count_entry, 8, FTW_PHYS), 0);
    return entries;
}
