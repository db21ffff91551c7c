// A table that one library exports (TOKIO_API) and others use: containers go from the one to the
// other. With LIBRARY it is the library, without it is its user.
#include "allocator.hpp"

#include <map>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

template <class T> using ours = tokio::allocator<T>;
using text = std::basic_string<char, std::char_traits<char>, ours<char>>;
using texts = std::vector<text, ours<text>>;

__attribute__((visibility("default"))) texts make(int count);
__attribute__((visibility("default"))) bool take(texts given);
__attribute__((visibility("default"))) std::pmr::memory_resource *library_resource();

#ifdef LIBRARY

texts make(int count)
{
    texts made;
    for (int i = 0; i < count; i++)
        made.push_back(text(static_cast<std::size_t>(i % 90 + 20), 'x', ours<char>()));
    return made;
}

bool take(texts given)
{
    given.resize(given.size() / 2);
    given.shrink_to_fit();
    return tokio_owns(given.front().data());
}

std::pmr::memory_resource *library_resource()
{
    return tokio::resource();
}

#else

int main()
{
    texts some = make(100);
    bool good = tokio_owns(some.back().data());
    for (int i = 0; i < 1000; i++)
        some.insert(some.begin() + i / 2, text(50, 'y', ours<char>()));
    good = take(some) && good;
    some.clear();
    texts().swap(some);

    std::pmr::vector<int> here(tokio::resource());
    std::pmr::vector<int> there(500, 1, library_resource());
    here = std::move(there);
    here.resize(800);
    return good && here[499] == 1 && tokio_owns(here.data()) && tokio_check() ? 0 : 1;
}

#endif
