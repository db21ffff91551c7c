// Loads the two libraries that it is given, lets both work, each in the middle of the other, and
// hands containers of the one's memory resource to the other. With PROGRAM it is linked with a copy
// of its own and loads one.
#include "test_cpp_copy.hpp"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <memory_resource>
#include <utility>
#include <vector>

namespace
{

void require(bool good, const char *what)
{
    if (!good) {
        std::printf("failed: %s\n", what);
        std::exit(1);
    }
}

// Global, so that the second one's weak symbols lead to the first one's.
const copy *load(const char *path)
{
    void *const library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    require(library != nullptr, dlerror());
    const copy *(*get)();
    *reinterpret_cast<void **>(&get) = dlsym(library, "get_copy");
    return get();
}

void work_in_turn(const copy *one, const copy *other)
{
    constexpr int count = 200; // whose arrays fit the largest pool
    one->fill(count);
    other->fill(count);
    require(one->owns() && other->owns(), "each has its blocks from its own pools");
    one->drop();
    one->fill(count);
    other->drop();
    one->drop();
    require(one->check() && other->check(), "both are sound");
}

// A container may take another's memory over only where one resource can free what the other gave.
void move_between(const copy *one, const copy *other)
{
    require(one->resource()->is_equal(*one->resource()), "a resource is equal to itself");
    require(!one->resource()->is_equal(*other->resource()), "and not to another copy's");
    std::pmr::vector<int> from(1000, 7, one->resource());
    std::pmr::vector<int> to(other->resource());
    to = std::move(from);
    to.resize(3000);
    require(to[999] == 7, "a vector moved to another copy's resource");
}

} // namespace

int main(int argc, char **argv)
{
#ifdef PROGRAM
    const copy *const one = get_copy();
#else
    const copy *const one = load(argv[2]);
#endif
    require(argc >= 2, "the library's name");
    const copy *const other = load(argv[1]);
    require(one != other, "they are two");
    work_in_turn(one, other);
    move_between(one, other);
    move_between(other, one);
    return 0;
}
