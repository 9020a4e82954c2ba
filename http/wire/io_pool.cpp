#include "http/wire/io_pool.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <pthread.h>

#include <algorithm>

namespace hansard {

io_pool::io_pool(std::size_t threads) {
  workers_.reserve(std::max<std::size_t>(threads, 1));
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
    // Concurrency hint 1: run by one thread, posted to by many.
    auto context = std::make_unique<boost::asio::io_context>(1);
    auto* running = context.get();
    workers_.push_back({std::move(context), std::thread([running] {
                          pthread_setname_np(pthread_self(), "hansard-io");
                          auto guard = boost::asio::make_work_guard(*running);
                          running->run();
                        })});
  }
}

io_pool::~io_pool() { stop(); }

boost::asio::io_context& io_pool::next() {
  return at(turn_.fetch_add(1, std::memory_order_relaxed) % workers_.size());
}

void io_pool::stop() {
  for (auto& worker : workers_)
    worker.context->stop();
  for (auto& worker : workers_)
    if (worker.thread.joinable())
      worker.thread.join();
}

} // namespace hansard
