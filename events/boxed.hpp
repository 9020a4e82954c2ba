#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace hansard {

/// A value that lives on the heap: for a large alternative of a variant whose
/// others are small and many. A copy is a copy of the value. Moved from, it can
/// only be assigned to or destroyed.
template <class T>
class boxed {
public:
  boxed() : it_(std::make_unique<T>()) {}
  // Implicit, as what it holds is what it stands for; never for a boxed itself.
  // NOLINTBEGIN(google-explicit-constructor)
  // NOLINTBEGIN(bugprone-forwarding-reference-overload)
  template <class From>
  requires std::convertible_to<From, T> &&(
      !std::same_as<std::remove_cvref_t<From>, boxed>)boxed(From&& value)
      : it_(std::make_unique<T>(std::forward<From>(value))) {}
  // NOLINTEND(bugprone-forwarding-reference-overload)
  // NOLINTEND(google-explicit-constructor)

  boxed(const boxed& other) : it_(std::make_unique<T>(*other)) {}
  boxed(boxed&&) noexcept = default;
  boxed& operator=(const boxed& other) { return *this = boxed(other); }
  boxed& operator=(boxed&&) noexcept = default;
  ~boxed() = default;

  T& operator*() { return *it_; }
  const T& operator*() const { return *it_; }
  T* operator->() { return it_.get(); }
  const T* operator->() const { return it_.get(); }

  friend bool operator==(const boxed& a, const boxed& b) { return *a == *b; }

private:
  std::unique_ptr<T> it_;
};

} // namespace hansard
