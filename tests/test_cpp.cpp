// The C++ front end of a table named tokio: TAP. Built by test_cpp.sh in every dialect, also
// without exceptions and RTTI.
#define TOKIO_REPLACE_NEW
#include "allocator.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace
{

int tests = 0;
bool all_good = true;

void check(bool good, const char *name)
{
    std::printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, name);
    all_good = all_good && good;
}

template <class T> bool is_aligned(const T *ptr, std::size_t alignment)
{
    return reinterpret_cast<std::uintptr_t>(ptr) % alignment == 0;
}

// Compilers may leave out a new whose block nobody looks at: this one looks.
void *volatile seen;

template <class T> T *look(T *ptr)
{
    seen = ptr;
    return ptr;
}

struct alignas(128) wide {
    char bytes[192];
};

// ---- containers through the STL allocator

template <class T> using ours = tokio::allocator<T>;

void test_containers()
{
    std::map<int, int, std::less<>, ours<std::pair<const int, int>>> map;
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>, ours<std::pair<const int, int>>>
        table;
    std::list<int, ours<int>> list;
    std::vector<int, ours<int>> vector;
    for (int i = 0; i < 10000; i++) {
        map[i * 7919 % 10000] = i;
        table[i] = i;
        list.push_front(i);
        vector.push_back(i);
    }
    check(map.size() == 10000 && map.begin()->second == 0, "map");
    check(table.size() == 10000 && table.at(1234) == 1234, "unordered_map");
    check(list.size() == 10000 && list.front() == 9999, "list");
    check(vector.size() == 10000 && vector.back() == 9999, "vector grown past the largest pool");
    check(tokio_owns(&*map.begin()), "a map's node lies in a pool");

    auto moved = std::move(list);
    auto copied = map;
    check(moved.size() == 10000 && copied == map, "moved and copied");
    check(ours<int>() == ours<wide>(), "allocators are equal");

    std::vector<wide, ours<wide>> wides(3);
    std::list<wide, ours<wide>> wide_nodes(100);
    const auto good = [](const wide &item) { return is_aligned(&item, alignof(wide)); };
    check(std::all_of(wides.begin(), wides.end(), good), "over-aligned elements");
    check(std::all_of(wide_nodes.begin(), wide_nodes.end(), good), "over-aligned nodes");
}

// ---- the memory resource

void test_resource()
{
    check(tokio::resource() == tokio::resource(), "one default resource");
    check(tokio::resource()->is_equal(*tokio::resource()), "it is equal to itself");
    check(!tokio::resource()->is_equal(*std::pmr::new_delete_resource()), "and to no other kind");
#if defined(__cpp_rtti)
    tokio::memory_resource another;
    check(*tokio::resource() == another, "every object is equal to every other");
#endif

    std::pmr::set_default_resource(tokio::resource());
    std::pmr::vector<std::pmr::string> strings;
    for (int i = 0; i < 1000; i++)
        strings.emplace_back(static_cast<std::size_t>(i), 'x');
    check(strings[999].size() == 999 && tokio_owns(strings[999].data()), "pmr strings");
    std::pmr::set_default_resource(nullptr);

    constexpr std::size_t sizes[] = {1, 7, 8, 9, 24, 100, 4097, 100000};
    bool good = true;
    for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2)
        for (const std::size_t bytes : sizes) {
            void *const block = tokio::resource()->allocate(bytes, alignment);
            std::memset(block, 0xAA, bytes);
            good = good && is_aligned(static_cast<char *>(block), alignment);
            tokio::resource()->deallocate(block, bytes, alignment);
        }
    check(good, "any size with any alignment");
}

// ---- operators new and delete

template <class T> void replace_each_way()
{
    delete look(new T);
    delete[] look(new T[3]);
    delete look(new (std::nothrow) T);
    delete[] look(new (std::nothrow) T[3]);
}

void test_new()
{
    std::unique_ptr<int> small(new int(1));
    std::unique_ptr<wide> over_aligned(new wide);
    check(tokio_owns(small.get()), "new takes from a pool");
    check(tokio_owns(over_aligned.get()) && is_aligned(over_aligned.get(), 128), "aligned new too");
    bool good = true;
    for (std::size_t bytes = 1; bytes <= 10000; bytes++) {
        char *const block = static_cast<char *>(::operator new(bytes));
        std::memset(block, 0x55, bytes);
        good = good && is_aligned(block, bytes < 16 ? 8 : 16);
        ::operator delete(block, bytes);
    }
    check(good, "new of every size, deleted with its size");
    replace_each_way<char>();
    replace_each_way<std::string>();
    replace_each_way<wide>();
    check(tokio_check(), "all is sound after every form");
}

// ---- shortage

constexpr std::size_t too_much = PTRDIFF_MAX;
int handler_calls = 0;

void give_up_at_third_call()
{
    if (++handler_calls == 3)
        std::set_new_handler(nullptr);
}

void test_shortage()
{
    volatile std::size_t bytes = too_much; // unknown to the compiler, which would refuse it
    std::set_new_handler(give_up_at_third_call);
    check(::operator new(bytes, std::nothrow) == nullptr, "nothrow new returns null");
    check(handler_calls == 3, "after the new-handler gave up");
    check(::operator new[](bytes, std::align_val_t(64), std::nothrow) == nullptr,
          "aligned nothrow new returns null");

#if defined(__cpp_exceptions)
    const auto throws = [](auto action) {
        try {
            action();
        } catch (const std::bad_array_new_length &) {
            return 2;
        } catch (const std::bad_alloc &) {
            return 1;
        }
        return 0;
    };
    check(throws([&] { look(::operator new(bytes)); }) == 1, "new throws bad_alloc");
    check(throws([&] { static_cast<void>(tokio::resource()->allocate(bytes)); }) == 1,
          "the resource throws bad_alloc");
    check(throws([&] { static_cast<void>(ours<char>().allocate(bytes)); }) == 1,
          "the allocator throws bad_alloc");
    check(throws([&] { static_cast<void>(ours<wide>().allocate(bytes)); }) == 2,
          "the allocator throws bad_array_new_length");
    std::set_new_handler([] { throw std::bad_alloc(); });
    check(::operator new(bytes, std::nothrow) == nullptr, "a throwing handler ends nothrow new");
    std::set_new_handler(nullptr);
#endif
}

// ---- threads, and the ends of the program

void test_threads()
{
    std::vector<std::unique_ptr<std::string>> made(4000);
    std::vector<std::thread> threads;
    for (std::size_t part = 0; part < 4; part++)
        threads.emplace_back([&made, part] {
            for (std::size_t i = part; i < made.size(); i += 4)
                made[i].reset(new std::string(i, 'x'));
        });
    for (auto &thread : threads)
        thread.join();
    bool good = true;
    for (std::size_t i = 0; i < made.size(); i++)
        good = good && *made[i] == std::string(i, 'x');
    made.clear();
    check(good && tokio_check(), "strings of threads that ended");
}

// What a burst leaves goes back while the program only waits.
void test_idle()
{
    using clock = std::chrono::steady_clock;
    constexpr std::size_t most = std::size_t(16) << 20;
    std::vector<std::unique_ptr<char[]>> burst(65536);
    for (auto &block : burst)
        block.reset(new char[1000]);
    burst.clear();
    tokio_stats_t stats;
    tokio_stats(&stats);
    const bool due = stats.bytes_retained > most; // else the frees were slow enough to do it themselves
    int steps = 0;
    const auto end = clock::now() + std::chrono::seconds(20);
    do {
        while (tokio::idle())
            steps++;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        tokio_stats(&stats);
    } while (stats.bytes_retained > most && clock::now() < end);
    check(stats.bytes_committed >= 4 * most, "a burst of 64 MiB grew the pools");
    check((steps > 0 || !due) && stats.bytes_retained <= most, "idle gives back what a burst left");
}

// Made before main and destroyed after it.
struct outliving {
    std::pmr::string text{"made before main, and long enough not to lie in the object itself",
                          tokio::resource()};
    ~outliving()
    {
        if (text.substr(0, 4) != "made" || !tokio_owns(text.data()))
            std::abort();
    }
} const before_main;

} // namespace

int main()
{
    check(tokio_owns(before_main.text.data()), "the resource works before main");
    test_containers();
    test_resource();
    test_new();
    test_shortage();
    test_threads();
    test_idle();
    return all_good ? 0 : 1;
}
