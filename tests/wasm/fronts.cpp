// The C++ front end in a module: containers of headers alone, and operator new: TAP. Memory resources need a
// library that has them.
#define WASMCPP_REPLACE_NEW
#include "allocator.hpp"

#include <cstdio>
#include <map>
#include <vector>

// Of the C++ library, which is not linked.
std::new_handler std::get_new_handler() noexcept
{
    return nullptr;
}

static int number;

static void ok(const char *name, bool right)
{
    std::printf("%sok %d - C++ front end: %s\n", right ? "" : "not ", ++number, name);
}

static bool containers()
{
    std::map<int, int, std::less<int>, wasmcpp::allocator<std::pair<const int, int>>> map;
    for (int i = 0; i < 20000; i++) // past the initial count
        map[i * 7919 % 20000] = i;
    int last = -1;
    bool right = wasmcpp_owns(&map.begin()->first);
    for (const auto &[key, value] : map) {
        right = right && key == last + 1 && value * 7919LL % 20000 == key;
        last = key;
    }
    std::vector<int, wasmcpp::allocator<int>> vector; // to where no pool serves it
    for (int i = 0; i < 100000; i++)
        vector.push_back(i);
    for (int i = 0; i < 100000; i++)
        right = right && vector[static_cast<std::size_t>(i)] == i;
    return right && last == 19999;
}

struct alignas(256) Wide {
    char bytes[256];
};

static bool operators()
{
    auto *const number_of = new int(7);
    auto *const wide = new Wide;
    auto *const large = new char[1000000];
    const bool right = wasmcpp_owns(number_of) && wasmcpp_owns(wide) &&
                       reinterpret_cast<std::uintptr_t>(wide) % 256 == 0 && !wasmcpp_owns(large) && *number_of == 7;
    delete number_of;
    delete wide;
    delete[] large;
    return right;
}

int main()
{
    ok("containers", containers());
    ok("operator new and delete", operators());
    ok("sound", wasmcpp_check());
    std::printf("1..%d\n", number);
}
