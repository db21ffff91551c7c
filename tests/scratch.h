/* A fresh folder for each test that writes files. */
#ifndef POOLGEN_TESTS_SCRATCH_H
#define POOLGEN_TESTS_SCRATCH_H

/* Where the test works; it is the current folder meanwhile, and gone afterwards. */
extern char scratch[64];

/* Fixtures of cmocka, for unit_surround. */
int enter_scratch(void **state);
int leave_scratch(void **state);

/* Writes a file, or fails the test. */
void put_file(const char *path, const char *contents);

/* Files, folders and links in the folder, at any depth. */
int scratch_entries(void);

#endif
