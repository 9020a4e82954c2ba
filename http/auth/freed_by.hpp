#pragma once

namespace hansard {

/// A std::unique_ptr's deleter for a C library's own function.
template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};

} // namespace hansard
