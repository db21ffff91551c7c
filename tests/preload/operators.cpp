// Every form of operator new and delete, and what the library does with them: containers, threads,
// exceptions, failure.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

struct alignas(128) wide {
    unsigned char bytes[384];
};

static int failures;

static void check(bool good, const char *what)
{
    if (!good) {
        std::printf("failed: %s\n", what);
        failures++;
    }
}

static void *volatile kept; // so that pairs of new and delete are not optimised away

static void *use(void *block, std::size_t size, std::size_t alignment)
{
    kept = block;
    check(block != nullptr, "a block");
    check(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "its alignment");
    std::memset(block, 0x5a, size);
    return block;
}

static void all_forms(std::size_t size)
{
    const std::align_val_t align{256};
    ::operator delete(use(::operator new(size), size, 16));
    ::operator delete(use(::operator new(size), size, 16), size);
    ::operator delete[](use(::operator new[](size), size, 16));
    ::operator delete[](use(::operator new[](size), size, 16), size);
    ::operator delete(use(::operator new(size, std::nothrow), size, 16), std::nothrow);
    ::operator delete[](use(::operator new[](size, std::nothrow), size, 16), std::nothrow);
    ::operator delete(use(::operator new(size, align), size, 256), align);
    ::operator delete(use(::operator new(size, align), size, 256), size, align);
    ::operator delete[](use(::operator new[](size, align), size, 256), align);
    ::operator delete[](use(::operator new[](size, align), size, 256), size, align);
    ::operator delete(use(::operator new(size, align, std::nothrow), size, 256), align, std::nothrow);
    ::operator delete[](use(::operator new[](size, align, std::nothrow), size, 256), align, std::nothrow);
}

static int handler_calls;

static void handler()
{
    if (++handler_calls == 3) {
        std::set_new_handler(nullptr);
    }
}

static void failure()
{
    volatile std::size_t huge = PTRDIFF_MAX;
    check(::operator new(huge, std::nothrow) == nullptr, "nothrow returns null");
    check(::operator new[](huge, std::align_val_t{64}, std::nothrow) == nullptr, "nothrow, aligned");
    bool thrown = false;
    std::set_new_handler(handler);
    try {
        kept = ::operator new(huge);
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    check(thrown, "new throws");
    check(handler_calls == 3, "the handler is called until there is none");
}

static long containers(unsigned seed)
{
    std::map<std::string, std::vector<std::unique_ptr<wide>>> map;
    for (unsigned i = 0; i < 20000; i++) {
        seed = seed * 1103515245 + 12345;
        auto &list = map["key number " + std::to_string(seed % 501)];
        list.push_back(std::make_unique<wide>());
        check(reinterpret_cast<std::uintptr_t>(list.back().get()) % 128 == 0, "over-aligned type");
        if (list.size() > 20) {
            list.clear();
        }
    }
    long sum = 0;
    for (const auto &entry : map) {
        sum += static_cast<long>(entry.first.size() * entry.second.size());
    }
    return sum;
}

int main()
{
    for (std::size_t size : {1u, 8u, 100u, 4096u, 70000u, 3000000u}) {
        all_forms(size);
    }
    failure();
    long sums[3];
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 3; i++) {
        threads.emplace_back([i, &sums] { sums[i] = containers(i); });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    try {
        throw std::string(1000, 'x');
    } catch (const std::string &text) {
        check(text.size() == 1000, "an exception");
    }
    std::printf("%ld %ld %ld, %d failures\n", sums[0], sums[1], sums[2], failures);
    return failures != 0;
}
