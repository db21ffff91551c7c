/* Uses a block after its end, which the address sanitizer is there to find. */
#include <stdlib.h>

int main(void)
{
    char *volatile block = malloc(10);
    free(block);
    return block[3];
}
