// Standard containers on the pools, on the standard library's pool resources and on plain new.
// Every cell is nanoseconds of CPU time an operation, median of seven runs that take turns.

#include "shared.hpp"
#include "single.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <list>
#include <map>
#include <memory_resource>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace
{

constexpr int runs = 7;
constexpr std::uint64_t keys = 4000; // entries that a container holds at most
constexpr int operations = 400'000;  // of one run

// xorshift, 64 bits: repeatable and cheap.
struct random_numbers {
    std::uint64_t state = 88172645463325252u;

    std::uint64_t below(std::uint64_t limit)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state % limit;
    }
};

// ---- the loads: each takes an allocator of any kind and returns how many operations it did

// Inserts a random key if it is absent, erases it if it is there: half the keys are live.
template <class Map> int toggle(Map map)
{
    random_numbers random;
    for (int i = 0; i < operations; i++) {
        const std::uint64_t key = random.below(keys);
        const auto [entry, is_new] = map.try_emplace(key, i);
        if (!is_new)
            map.erase(entry);
    }
    return operations;
}

template <class Allocator>
using entries = typename std::allocator_traits<Allocator>::template rebind_alloc<
    std::pair<const std::uint64_t, int>>;

struct map_load {
    static constexpr const char *name = "map";
    template <class Allocator> static int run(const Allocator &allocator)
    {
        return toggle(std::map<std::uint64_t, int, std::less<>, entries<Allocator>>(allocator));
    }
};

struct unordered_map_load {
    static constexpr const char *name = "unordered_map";
    template <class Allocator> static int run(const Allocator &allocator)
    {
        return toggle(std::unordered_map<std::uint64_t, int, std::hash<std::uint64_t>,
                                         std::equal_to<>, entries<Allocator>>(allocator));
    }
};

// A queue of 1,000 that is pushed at one end and popped at the other.
struct list_load {
    static constexpr const char *name = "list as queue";
    template <class Allocator> static int run(const Allocator &allocator)
    {
        std::list<std::uint64_t, Allocator> list(allocator);
        for (int i = 0; i < operations; i++) {
            list.push_back(static_cast<std::uint64_t>(i));
            if (list.size() > 1000)
                list.pop_front();
        }
        return operations;
    }
};

// Strings of 20 to 219 bytes, replaced at random.
struct string_load {
    static constexpr const char *name = "strings";
    template <class Allocator> static int run(const Allocator &allocator)
    {
        using characters = typename std::allocator_traits<Allocator>::template rebind_alloc<char>;
        using string = std::basic_string<char, std::char_traits<char>, characters>;
        random_numbers random;
        std::vector<string> strings(1000, string(characters(allocator)));
        for (int i = 0; i < operations; i++)
            strings[random.below(strings.size())] =
                string(20 + random.below(200), 'x', characters(allocator));
        return operations;
    }
};

// ---- the ways to allocate, each with the threads it is safe for

struct plain_new {
    static constexpr const char *name = "new";
    template <class Load> static int run()
    {
        return Load::run(std::allocator<std::uint64_t>());
    }
};

template <class Load> int run_on(std::pmr::memory_resource *resource)
{
    return Load::run(std::pmr::polymorphic_allocator<std::uint64_t>(resource));
}

struct unsynchronized {
    static constexpr const char *name = "unsynch.pool";
    template <class Load> static int run()
    {
        std::pmr::unsynchronized_pool_resource resource;
        return run_on<Load>(&resource);
    }
};

struct single_resource {
    static constexpr const char *name = "ours 1T pmr";
    template <class Load> static int run()
    {
        return run_on<Load>(single::resource());
    }
};

struct single_allocator {
    static constexpr const char *name = "ours 1T STL";
    template <class Load> static int run()
    {
        return Load::run(single::allocator<std::uint64_t>());
    }
};

// Shared by all threads, as its name promises that it may be.
struct synchronized {
    static constexpr const char *name = "synch.pool";
    template <class Load> static int run()
    {
        static std::pmr::synchronized_pool_resource resource;
        return run_on<Load>(&resource);
    }
};

struct shared_resource {
    static constexpr const char *name = "ours pmr";
    template <class Load> static int run()
    {
        return run_on<Load>(shared::resource());
    }
};

struct shared_allocator {
    static constexpr const char *name = "ours STL";
    template <class Load> static int run()
    {
        return Load::run(shared::allocator<std::uint64_t>());
    }
};

// ---- measuring

double nanoseconds_an_operation(int (*run)(), int threads)
{
    const std::clock_t start = std::clock();
    std::vector<std::thread> others;
    for (int i = 1; i < threads; i++)
        others.emplace_back(run);
    const int done = run();
    for (auto &other : others)
        other.join();
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    return seconds * 1e9 / done / threads;
}

template <class... Ways> void print_header(const char *title)
{
    std::printf("\n%-16s", title);
    ((std::printf("%14s", Ways::name)), ...);
    std::printf("\n");
}

template <class Load, class... Ways> void print_row(int threads)
{
    int (*const run[])() = {Ways::template run<Load>...};
    std::vector<double> times[sizeof...(Ways)];
    for (int repetition = 0; repetition < runs; repetition++)
        for (std::size_t way = 0; way < sizeof...(Ways); way++)
            times[way].push_back(nanoseconds_an_operation(run[way], threads));
    std::printf("%-16s", Load::name);
    for (auto &of_way : times) {
        std::sort(of_way.begin(), of_way.end());
        std::printf("%14.1f", of_way[runs / 2]);
    }
    std::printf("\n");
}

template <class... Ways> void print_table(const char *title, int threads)
{
    print_header<Ways...>(title);
    print_row<map_load, Ways...>(threads);
    print_row<unordered_map_load, Ways...>(threads);
    print_row<list_load, Ways...>(threads);
    print_row<string_load, Ways...>(threads);
}

} // namespace

int main()
{
    std::puts("CPU nanoseconds an operation, median of 7");
    print_table<plain_new, unsynchronized, single_resource, single_allocator, shared_resource,
                shared_allocator>("one thread", 1);
    print_table<plain_new, synchronized, shared_resource, shared_allocator>("two threads", 2);
}
