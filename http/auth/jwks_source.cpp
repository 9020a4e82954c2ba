#include "http/auth/jwks_source.hpp"

#include "actors/log_event.hpp"
#include "http/client/http_url.hpp"
#include "http/client/https_request.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace hansard {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t max_waiting = 1'000;

result<http_url> read_url(const std::string& text) {
  auto read = read_http_url(text, {.plain_afar = false});
  if (read)
    return read;
  return make_error(
      ec::invalid_request, "the JWKS URL " + read.error().message);
}

https_client::options
client_options(const jwks_source::options& o, const upstream_origin& origin) {
  return {
      .origin = origin,
      .trust = std::make_shared<upstream_tls>(o.ca_file),
      .timeout = o.timeout,
      .max_body_bytes = max_key_set_bytes};
}

} // namespace

struct jwks_source::impl {
  impl(options o, http_url url)
      : given(std::move(o)),
        where(std::move(url)),
        client(client_options(given, where.origin)) {}

  void run();
  void fetch();
  result<std::string> download();

  const options given;
  const http_url where;
  https_client client;

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::shared_ptr<const key_set> keys = std::make_shared<key_set>();
  std::vector<reply<std::monostate>> waiting;
  clock::time_point earliest{};
  bool fetching = false;
  bool stopping = false;
  std::thread thread;
};

void jwks_source::impl::run() {
  std::unique_lock lock{mutex};
  while (!stopping) {
    fetching = true;
    lock.unlock();
    fetch();
    lock.lock();
    fetching = false;
    earliest = clock::now() + given.least_pause;
    auto answered = std::exchange(waiting, {});
    bool good = !keys->empty();
    lock.unlock();
    for (const auto& one : answered)
      one(std::monostate{});
    lock.lock();
    // Who has no keys asks again sooner.
    auto until = clock::now() + (good ? given.refresh : given.least_pause);
    wake.wait_until(lock, until, [&] { return stopping || !waiting.empty(); });
  }
  auto left = std::exchange(waiting, {});
  lock.unlock();
  for (const auto& one : left)
    one(std::monostate{});
}

void jwks_source::impl::fetch() {
  std::string problem;
  try {
    auto text = download();
    auto read = text ? read_key_set(*text) : result<key_set>(text.error());
    if (read) {
      auto fresh = std::make_shared<const key_set>(std::move(*read));
      std::lock_guard lock{mutex};
      keys = std::move(fresh);
      return;
    }
    problem = read.error().message;
  } catch (const std::exception& e) {
    problem = e.what();
  }
  log_event(
      log_level::warning, "jwks_not_fetched",
      {{"host", where.origin.host}, {"reason", problem}});
}

result<std::string> jwks_source::impl::download() {
  auto answer = client.ask(
      {.target = where.target(), .fields = {{"Accept", "application/json"}}});
  if (!answer)
    return make_error(ec::upstream_unavailable, answer.error().why);
  if (answer->status != 200)
    return make_error(
        ec::upstream_failed, "status " + std::to_string(answer->status));
  return std::move(answer->body);
}

result<std::unique_ptr<jwks_source>> jwks_source::start(options o) {
  auto where = read_url(o.url);
  if (!where)
    return where.error();
  auto made = std::make_unique<impl>(std::move(o), std::move(*where));
  made->thread = std::thread([i = made.get()] { i->run(); });
  return std::unique_ptr<jwks_source>(new jwks_source(std::move(made)));
}

jwks_source::jwks_source(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

jwks_source::~jwks_source() {
  {
    std::lock_guard lock{impl_->mutex};
    impl_->stopping = true;
  }
  impl_->client.cancel();
  impl_->wake.notify_all();
  impl_->thread.join();
}

std::shared_ptr<const key_set> jwks_source::keys() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->keys;
}

void jwks_source::refetch(reply<std::monostate> done) {
  {
    std::lock_guard lock{impl_->mutex};
    bool allowed = impl_->fetching || clock::now() >= impl_->earliest;
    if (allowed && !impl_->stopping && impl_->waiting.size() < max_waiting) {
      impl_->waiting.push_back(std::move(done));
      impl_->wake.notify_all();
      return;
    }
  }
  done(std::monostate{});
}

} // namespace hansard
