/* Text and an end for the host, through semihosting. */
#include "board.h"
#include "semihost.h"

void board_print(const char *text)
{
    (void)semihost(SEMIHOST_WRITE0, text);
}

void board_print_number(uintptr_t number)
{
    char text[24];
    char *digit = text + sizeof text;
    *--digit = '\0';
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    board_print(digit);
}

_Noreturn void board_exit(int status)
{
    const uintptr_t reason[] = {SEMIHOST_APPLICATION_EXIT, (uintptr_t)status};
    (void)semihost(SEMIHOST_EXIT_EXTENDED, reason);
    for (;;) {
    }
}

uint32_t board_argument(void)
{
    char line[128] = "";
    const struct {
        char *line;
        uintptr_t size;
    } block = {line, sizeof line - 1};
    if (semihost(SEMIHOST_GET_CMDLINE, &block) != 0) {
        return 0;
    }
    uint32_t number = 0;
    for (const char *next = line; *next != '\0'; next++) {
        const int digit = *next >= '0' && *next <= '9';
        number = digit ? number * 10 + (uint32_t)(*next - '0') : 0;
    }
    return number;
}
