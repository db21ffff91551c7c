// A library with the table tokio of its own: compiled at every level and visibility, to be loaded
// beside another that has the same, or linked into a program that loads one. With PLAIN_ELEMENTS no
// element of a container has blocks of its own.
#include "test_cpp_copy.hpp"
#include "allocator.hpp"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace
{

template <class T> using ours = tokio::allocator<T>;
#ifdef PLAIN_ELEMENTS
using text = int;
#else
using text = std::basic_string<char, std::char_traits<char>, ours<char>>;
#endif

struct held {
    std::vector<int, ours<int>> numbers;
    std::vector<text, ours<text>> texts;
    std::map<int, text, std::less<>, ours<std::pair<const int, text>>> map;
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>, ours<std::pair<const int, int>>>
        table;
    std::list<int, ours<int>> list;
    std::deque<int, ours<int>> deque;
#ifndef PLAIN_ELEMENTS
    std::vector<std::shared_ptr<int>, ours<std::shared_ptr<int>>> shared;
#endif
};

held *now;

void fill(int count)
{
    now = new held;
    for (int i = 0; i < count; i++) {
#ifdef PLAIN_ELEMENTS
        const text some = i;
#else
        const text some(static_cast<std::size_t>(i % 100 + 20), 'x', ours<char>());
        now->shared.push_back(std::allocate_shared<int>(ours<int>(), i));
#endif
        now->numbers.push_back(i);
        now->texts.insert(now->texts.begin() + i / 2, some);
        now->map[i * 7919 % count] = some + some;
        now->table[i] = i;
        now->list.push_back(i);
        now->deque.push_front(i);
    }
    now->list.sort();
    now->texts.shrink_to_fit();
}

void drop()
{
    delete now;
    now = nullptr;
}

bool owns()
{
    bool good = tokio_owns(&now->list.back()) && tokio_owns(now->texts.data()) &&
                tokio_owns(&now->deque.back()) && tokio_owns(now->numbers.data());
    for (const auto &entry : now->map)
        good = good && tokio_owns(&entry);
    for (const auto &entry : now->table)
        good = good && tokio_owns(&entry);
#ifndef PLAIN_ELEMENTS
    for (const auto &entry : now->map)
        good = good && tokio_owns(entry.second.data());
    for (const auto &one : now->shared)
        good = good && tokio_owns(one.get());
#endif
    return good;
}

bool check()
{
    return tokio_check();
}

std::pmr::memory_resource *resource()
{
    return tokio::resource();
}

const copy functions = {fill, drop, owns, check, resource};

} // namespace

const copy *get_copy()
{
    return &functions;
}
