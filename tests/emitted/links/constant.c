/* What the compiler makes of a size that it knows. The header is included, PREFIX defined. */
#define JOIN_(left, right) left##right
#define JOIN(left, right)  JOIN_(left, right)
#define NAME(name)         JOIN(PREFIX, _##name)

void *allocate(void);
void release(void *ptr);

void *allocate(void)
{
    return NAME(alloc)(64);
}

void release(void *ptr)
{
    NAME(free_sized)(ptr, 64);
}
