#include "actors/runtime.hpp"

#include <caf/send.hpp>
#include <openssl/rand.h>

#include <cstdlib>
#include <exception>
#include <random>
#include <utility>

namespace hansard {

namespace {

timestamp now_utc() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

/// Ids can't be guessed: 80 random bits of OpenSSL's generator.
id_bytes random_ulid() {
  std::uint64_t random[2] = {0, 0};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random), sizeof(random)) != 1)
    std::abort();
  auto ms = static_cast<std::uint64_t>(to_unix_us(now_utc()) / 1000);
  return make_ulid(ms, random[0], random[1]);
}

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(generator);
}

} // namespace

runtime::runtime(
    const controller_options& options_in, event_log& log_in, row_store& rows_in,
    std::map<std::string, std::shared_ptr<llm_backend>> backends_in,
    std::shared_ptr<prometheus::Registry> registry,
    std::function<void(error)> on_fatal_in)
    : options(options_in),
      log(log_in),
      rows(rows_in),
      backends(std::move(backends_in)),
      metrics(std::move(registry)),
      on_fatal(std::move(on_fatal_in)),
      clock(now_utc),
      new_id(random_ulid),
      jitter(random_fraction) {
  progress.on_wait = [this] {
    if (auto journal = services.journal())
      caf::anon_send(journal, feed_now{});
  };
}

void runtime::apply_control(const recorded_event& e) {
  guardrails.apply(e);
  credentials.apply(e);
  // Last: its version is how far all of them are.
  access.apply(e);
}

error going_down() {
  return make_error(
      ec::draining, "The server is going down. Try again in a few seconds.");
}

std::string describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

} // namespace hansard
