// What a program in C++ can do to what its containers have of the pools: see bugs.h.
#include "bugs.h"

#define TOKIO_REPLACE_NEW
#include "allocator.hpp"

#include <list>
#include <memory_resource>
#include <string>
#include <vector>

using ints = std::vector<int, tokio::allocator<int>>;

BUG write_past_a_vector()
{
    ints vector(10, 1);
    volatile int *const data = vector.data();
    data[10] = 1;
}

BUG node_after_erase()
{
    std::list<int, tokio::allocator<int>> list{1, 2, 3};
    const volatile int *const front = &list.front();
    list.pop_front();
    look_at(reinterpret_cast<const volatile char *>(front));
}

BUG data_of_a_vector_that_grew()
{
    std::pmr::vector<int> vector({1, 2, 3}, tokio::resource());
    volatile int *const data = vector.data();
    vector.resize(100);
    data[1] = 1;
}

BUG new_and_delete_twice()
{
    int *const one = new int(1);
    int *volatile again = one;
    delete one;
    delete again;
}

BUG well()
{
    std::list<ints, tokio::allocator<ints>> list;
    for (int i = 0; i < 200; i++)
        list.emplace_back(static_cast<std::size_t>(i) + 1, i);
    std::pmr::vector<std::pmr::string> strings(tokio::resource());
    for (const ints &vector : list)
        strings.emplace_back(vector.size(), 'x');
    delete new std::string(strings.back().c_str());
}

static const bug bugs[] = {
    {"write-past-a-vector", write_past_a_vector},
    {"node-after-erase", node_after_erase},
    {"data-of-a-vector-that-grew", data_of_a_vector_that_grew},
    {"new-and-delete-twice", new_and_delete_twice},
    {"well", well},
    {nullptr, nullptr},
};

int main(int argc, char **argv)
{
    return commit(bugs, argc > 1 ? argv[1] : "well");
}
