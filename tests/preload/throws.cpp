// A new that fails throws what the program catches, in all throwing forms.
#include <cstddef>
#include <cstdint>
#include <new>

namespace
{

template <class Action> bool throws(Action action)
{
    try {
        action();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

} // namespace

int main()
{
    volatile std::size_t huge = PTRDIFF_MAX;
    void *volatile kept;
    const bool good = throws([&] { kept = ::operator new(huge); }) &&
                      throws([&] { kept = ::operator new[](huge); }) &&
                      throws([&] { kept = ::operator new (huge, std::align_val_t{64}); }) &&
                      throws([&] { kept = ::operator new[](huge, std::align_val_t{64}); });
    std::set_new_handler([] { throw 1; });
    try {
        kept = ::operator new(huge);
    } catch (int) {
        return good ? 0 : 1;
    }
    return 2;
}
