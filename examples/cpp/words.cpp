// Counts the words of its standard input twice: in a std::map whose nodes come from the pools
// through the STL allocator, and in a std::pmr::map whose nodes and strings come from them through
// a memory resource. Prints the ten most frequent.

#include "shared.hpp"

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace
{

using pool_string = std::basic_string<char, std::char_traits<char>, shared::allocator<char>>;
using pool_map =
    std::map<pool_string, int, std::less<>, shared::allocator<std::pair<const pool_string, int>>>;
using pmr_map = std::pmr::map<std::pmr::string, int, std::less<>>;

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Calls `take` with each run of letters in `text`, as a view.
template <class Take> void each_word(std::string_view text, Take take)
{
    std::size_t start = 0;
    for (std::size_t at = 0; at <= text.size(); at++) {
        if (at < text.size() && is_letter(text[at]))
            continue;
        if (at > start)
            take(text.substr(start, at - start));
        start = at + 1;
    }
}

template <class Map> void print_most_frequent(const Map &words)
{
    std::pmr::vector<std::pair<int, std::string_view>> order(shared::resource());
    for (const auto &[word, count] : words)
        order.emplace_back(count, word);
    const auto end =
        order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), size_t{10}));
    std::partial_sort(order.begin(), end, order.end(), std::greater<>());
    for (auto entry = order.begin(); entry != end; ++entry)
        std::cout << entry->first << ' ' << entry->second << '\n';
}

} // namespace

int main()
{
    pool_map by_allocator;
    pmr_map by_resource(shared::resource());
    std::string line;
    while (std::getline(std::cin, line))
        each_word(line, [&](std::string_view word) {
            by_allocator[pool_string(word)]++;
            by_resource[std::pmr::string(word, shared::resource())]++;
        });
    print_most_frequent(by_resource);

    const auto equal = [](const auto &a, const auto &b) {
        return std::string_view(a.first) == std::string_view(b.first) && a.second == b.second;
    };
    const bool same = std::equal(by_allocator.begin(), by_allocator.end(), by_resource.begin(),
                                 by_resource.end(), equal);
    std::cout << by_resource.size() << " words, " << (same ? "the same" : "NOT the same")
              << " both ways\n";
    return same ? 0 : 1;
}
