/* Runs the cases and prints TAP for the host. The argument says how many seeds the interrupts'
   cases try; CRIME asks for a fault of the caller instead, INTERRUPT_CASE for these cases alone,
   from one on. */
#include "cases.h"
#include "interrupts.h"

static const char *current;
static size_t number;

static void print_result(const char *result)
{
    board_print(result);
    board_print_number(number);
    board_print(" - ");
    board_print(current);
    board_print("\n");
}

_Noreturn void case_fail(const char *file, int line, const char *text, size_t about)
{
    board_tick_after(0);
    print_result("not ok ");
    board_print("# ");
    board_print(file);
    board_print(":");
    board_print_number((uintptr_t)line);
    board_print(": not so for ");
    board_print_number(about);
    board_print(": ");
    board_print(text);
    board_print("\n");
    board_exit(1);
}

_Noreturn void board_on_fault(void)
{
    case_fail(__FILE__, __LINE__, "the processor met no fault", interrupts.seed);
}

/* What the allocator calls when it is handed what is no block. */
_Noreturn void fault_seen(void)
{
#ifdef CRIME
    print_result("ok ");
    board_exit(0);
#else
    case_fail(__FILE__, __LINE__, "every pointer was a block's", interrupts.seed);
#endif
}

#ifdef CRIME

#ifdef HARDENED
static const char crime[] = "a second free is reported where it is made";

static void commit_crime(void)
{
    void *block = chip_alloc(1);
    chip_free(block);
    chip_free(block);
}
#else
static const char crime[] = "a free of what is no block is reported";

static void commit_crime(void)
{
    static int foreign;
    chip_free(&foreign);
}
#endif

int main(void)
{
    begin_dirty();
    current = crime;
    number = 1;
    commit_crime();
    case_fail(__FILE__, __LINE__, "it was reported", 0);
}

#else

static void run_all(const struct test_case *row)
{
    for (; row->name != NULL; row++) {
        number++;
        current = row->name;
        row->run();
        CHECK(chip_check());
        print_result("ok ");
    }
}

int main(void)
{
    interrupts.seeds = board_argument();
    begin_dirty();
#ifdef INTERRUPT_CASE
    run_all(interrupt_cases + INTERRUPT_CASE);
#else
    run_all(api_cases);
    run_all(size_cases);
    run_all(shortage_cases);
    run_all(interrupt_cases);
#endif
    board_print("1..");
    board_print_number(number);
    board_print("\n");
    return 0;
}

#endif
