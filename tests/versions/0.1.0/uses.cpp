// A program on all that allocator.hpp offers, as written for 0.1.0. It must compile as it stands.
#define TOKIO_REPLACE_NEW
#include "allocator.hpp"

#include <map>
#include <memory_resource>
#include <type_traits>
#include <vector>

static_assert(std::is_base_of_v<std::pmr::memory_resource, tokio::memory_resource>);
static_assert(std::is_default_constructible_v<tokio::memory_resource>);
static_assert(std::is_same_v<decltype(tokio::resource()), tokio::memory_resource *>);
static_assert(noexcept(tokio::resource()));

using allocator = tokio::allocator<int>;
static_assert(std::is_same_v<allocator::value_type, int>);
static_assert(allocator::is_always_equal::value);
static_assert(allocator::propagate_on_container_move_assignment::value);
static_assert(std::is_nothrow_constructible_v<allocator, tokio::allocator<char>>);
static_assert(std::is_trivially_copyable_v<allocator>);

using pair = std::pair<const int, int>;

int main()
{
    constexpr allocator ints;
    static_assert(ints == tokio::allocator<char>() && !(ints != allocator()));
    allocator mine;
    int *const block = mine.allocate(3);
    mine.deallocate(block, 3);
    std::map<int, int, std::less<int>, tokio::allocator<pair>> map;
    std::pmr::vector<int> vector(tokio::resource());
    std::pmr::set_default_resource(tokio::resource());
    tokio_free(tokio_alloc(1));
    return static_cast<int>(map.size() + vector.size());
}
