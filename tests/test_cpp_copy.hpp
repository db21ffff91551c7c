// What a library of test_cpp_copy.cpp lets others do.
#ifndef TEST_CPP_COPY_HPP
#define TEST_CPP_COPY_HPP

#include <memory_resource>

struct copy {
    void (*fill)(int count); // containers through the STL allocator
    void (*drop)();          // destroys them
    bool (*owns)();          // whether every block of theirs is its own
    bool (*check)();         // whether the pools are sound
    std::pmr::memory_resource *(*resource)();
};

extern "C" {
__attribute__((visibility("default"))) const copy *get_copy();
}

#endif
