#pragma once

#include <cstddef>

namespace hansard::test {

/// Counts the bytes that this thread asks of operator new while it lives.
class allocation_counter {
public:
  allocation_counter();
  /// Bytes asked for since construction, freed ones included.
  std::size_t bytes() const;

private:
  std::size_t before_;
};

} // namespace hansard::test
