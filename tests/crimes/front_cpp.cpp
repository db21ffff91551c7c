// Operators new and delete on the pools.
#define CRIMES_REPLACE_NEW
#include HEADER

#include <new>

extern "C" {
#include "crimes.h"
}

namespace {

void *allocate(std::size_t size)
{
    return ::operator new(size, std::nothrow);
}

void *allocate_aligned(std::size_t alignment, std::size_t size)
{
    return ::operator new(size, std::align_val_t(alignment), std::nothrow);
}

void release(void *block)
{
    ::operator delete(block);
}

void release_sized(void *block, std::size_t size)
{
    ::operator delete(block, size);
}

void release_aligned(void *block, std::size_t alignment, std::size_t size)
{
    ::operator delete(block, size, std::align_val_t(alignment));
}

} // namespace

extern "C" void take_front(subject *functions)
{
    functions->alloc = allocate;
    functions->aligned_alloc = allocate_aligned;
    functions->free = release;
    functions->free_sized = release_sized;
    functions->free_aligned_sized = release_aligned;
}
