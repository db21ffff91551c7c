#include "handover.h"
#include "pages.h"
#include "profile.h"
#include "system.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct spool *spool;
static size_t mapped; /* bytes of it */

/* Reads the number at *text and the ':' behind it. */
static uint64_t read_field(const char **text)
{
    uint64_t value = 0;
    for (; **text >= '0' && **text <= '9'; ++*text)
        value = value * 10 + (uint64_t)(**text - '0');
    *text += **text == ':';
    return value;
}

static bool is_spool(int file, uint64_t device, uint64_t inode, off_t *bytes)
{
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || status.st_dev != device || status.st_ino != inode)
        return false;
    *bytes = status.st_size;
    return true;
}

/* Appends a number and what follows it. */
static char *append(char *to, uint64_t value, const char *rest)
{
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (count > 0)
        *to++ = digits[--count];
    size_t length = strlen(rest);
    memcpy(to, rest, length + 1);
    return to + length;
}

/* The descriptor that was inherited, if it still is what it was; else the file as poolgen record
   has it open, which `*opened` then says. -1 if it is out of reach. */
static int find_file(const char *where, off_t *bytes, bool *opened)
{
    uint64_t number = read_field(&where), device = read_field(&where), inode = read_field(&where);
    uint64_t pid = read_field(&where);
    *opened = false;
    if (is_spool((int)number, device, inode, bytes))
        return (int)number;
    char path[64] = "/proc/";
    append(append(path + strlen(path), pid, "/fd/"), number, "");
    int file = open(path, O_RDWR | O_CLOEXEC);
    *opened = file >= 0;
    if (is_spool(file, device, inode, bytes))
        return file;
    if (file >= 0)
        close(file);
    return -1;
}

void handover_attach(size_t most)
{
    const char *where = getenv(SPOOL_VARIABLE);
    off_t bytes;
    bool opened;
    int file = where == NULL ? -1 : find_file(where, &bytes, &opened);
    if (file < 0)
        return;
    mapped = (size_t)bytes < most ? (size_t)bytes : most / SPOOL_UNIT * SPOOL_UNIT;
    if (mapped > SPOOL_HEAD) {
        void *pages = system_calls.mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        spool = pages == MAP_FAILED ? NULL : pages;
    }
    if (opened)
        close(file);
    if (spool == NULL)
        return;
    pages_note(spool, mapped);
    (void)system_calls.madvise(spool, mapped, MADV_DONTDUMP); /* a core is the program's */
    if (spool->layout == SPOOL_LAYOUT)
        return;
    system_calls.munmap(spool, mapped);
    spool = NULL;
}

bool handover_is_open(void)
{
    return spool != NULL && atomic_load(&spool->closed) == 0;
}

bool handover_is_main(int pid, int main_pid)
{
    struct stat own;
    if (pid != main_pid)
        return false;
    return spool == NULL || spool->namespace == 0 || stat("/proc/self/ns/pid", &own) != 0 ||
           own.st_ino == spool->namespace;
}

void handover_tell_attached(void)
{
    if (spool != NULL)
        atomic_store(&spool->main_attached, 1);
}

void handover_tell_wrote(void)
{
    if (spool != NULL)
        atomic_store(&spool->main_wrote, 1);
}

bool handover_note(enum spool_note_kind kind, const struct identity *identity, int error)
{
    if (!handover_is_open())
        return false;
    uint32_t number = atomic_fetch_add(&spool->note_count, 1);
    if (number >= SPOOL_NOTES)
        return true; /* sixty-four say enough */
    struct spool_note *note = &spool->notes[number];
    note->pid = identity->pid;
    note->error = error;
    strncpy(note->command, identity->command, sizeof note->command - 1);
    atomic_store(&note->kind, kind);
    return true;
}

/* The record at an offset, if there is one and it is this process's. */
static struct spool_record *own_record(uint64_t at, const struct identity *identity)
{
    struct spool_record *record = (struct spool_record *)(void *)((char *)spool + at);
    return memcmp(record->id, identity->id, SPOOL_ID) == 0 ? record : NULL;
}

/* The offset behind a record; the end where none is. */
static uint64_t next_record(uint64_t at)
{
    const struct spool_record *record = (struct spool_record *)(void *)((char *)spool + at);
    uint64_t room = atomic_load(&record->room);
    return room == 0 ? mapped : at + room;
}

void handover_hold(const struct identity *identity)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    struct spool_record *record;
    if (!handover_is_open())
        return;
    for (uint64_t at = SPOOL_HEAD; at < mapped; at = next_record(at)) {
        uint32_t state = SPOOL_WHOLE;
        if ((record = own_record(at, identity)) == NULL)
            continue;
        /* It stays where it is once it is held; before, it may become another's. */
        if (atomic_compare_exchange_strong(&record->state, &state, SPOOL_HELD) &&
            own_record(at, identity) == NULL)
            atomic_store(&record->state, SPOOL_WHOLE);
        for (int i = 0; i < 100 && atomic_load(&record->state) == SPOOL_TAKING; i++)
            syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL);
    }
}

void handover_let_go(const struct identity *identity, bool is_newer_written)
{
    struct spool_record *record;
    if (spool == NULL)
        return;
    for (uint64_t at = SPOOL_HEAD; at < mapped; at = next_record(at)) {
        uint32_t state = SPOOL_HELD;
        if ((record = own_record(at, identity)) != NULL)
            atomic_compare_exchange_strong(&record->state, &state,
                                           is_newer_written ? SPOOL_TAKEN : SPOOL_WHOLE);
    }
}

struct spool_record *handover_claim(size_t bytes)
{
    if (!handover_is_open())
        return NULL;
    uint64_t room = spool_round(sizeof(struct spool_record) + bytes);
    uint64_t at = atomic_load(&spool->next);
    do
        if (at > mapped || room > mapped - at)
            return NULL;
    while (!atomic_compare_exchange_weak(&spool->next, &at, at + room));
    struct spool_record *record = (struct spool_record *)(void *)((char *)spool + at);
    atomic_store(&record->room, room);
    return record;
}

bool handover_finish(struct spool_record *record, size_t length, const struct identity *identity)
{
    uint64_t at = (uint64_t)((char *)record - (char *)spool);
    uint64_t end = at + atomic_load(&record->room);
    uint64_t used = spool_round(sizeof *record + length);
    record->pid = identity->pid;
    record->is_main = identity->is_main;
    memcpy(record->id, identity->id, SPOOL_ID);
    record->length = length;
    /* What was claimed in excess goes back if nobody has claimed more since. */
    if (atomic_compare_exchange_strong(&spool->next, &end, at + used))
        atomic_store(&record->room, used);
    atomic_store(&record->state, SPOOL_WHOLE);
    return handover_is_open();
}
