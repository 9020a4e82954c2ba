#pragma once

#include "actors/reply.hpp"

#include <future>
#include <memory>
#include <utility>

namespace hansard {

/// Makes a call of the controller and blocks until it is answered; a reply
/// always is. Not for the threads that answers come on.
template <class T, class Call>
result<T> wait_for(Call&& call) {
  auto promise = std::make_shared<std::promise<result<T>>>();
  auto answer = promise->get_future();
  std::forward<Call>(call)(reply<T>(
      [promise](result<T> value) { promise->set_value(std::move(value)); }));
  return answer.get();
}

} // namespace hansard
