#include "tests/events/codec/counted_memory.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocated = 0;

void* counted(std::size_t size) {
  allocated += size;
  if (auto* memory = std::malloc(size ? size : 1))
    return memory;
  throw std::bad_alloc{};
}

} // namespace

// The whole test program allocates through these.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace hansard::test {

allocation_counter::allocation_counter() : before_(allocated) {}

std::size_t allocation_counter::bytes() const { return allocated - before_; }

} // namespace hansard::test
