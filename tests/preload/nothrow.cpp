// Asks for what cannot be, in the nothrow forms alone: nothing else here needs the C++ library,
// which, linked statically, then has no more in the program than it must.
#include <cstddef>
#include <cstdint>
#include <new>

int main()
{
    volatile std::size_t huge = PTRDIFF_MAX;
    bool good = ::operator new(huge, std::nothrow) == nullptr;
    good = good && ::operator new[](huge, std::nothrow) == nullptr;
    good = good && ::operator new (huge, std::align_val_t{64}, std::nothrow) == nullptr;
    good = good && ::operator new[](huge, std::align_val_t{64}, std::nothrow) == nullptr;
    std::set_new_handler([] { std::set_new_handler(nullptr); });
    good =
        good && ::operator new(huge, std::nothrow) == nullptr &&std::get_new_handler() == nullptr;
    return good ? 0 : 1;
}
