#include "tools/hansard/offline/new_admin_key_command.hpp"

#include "actors/controller.hpp"
#include "actors/secrets/api_key.hpp"
#include "projections/directory/access.hpp"
#include "storage/event_log.hpp"
#include "tools/hansard/config/data_folder.hpp"
#include "tools/hansard/offline/refuse.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <utility>

namespace hansard {
namespace {

timestamp now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}

result<key_id> new_key_id(timestamp at) {
  std::uint64_t random[2] = {0, 0};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random), sizeof random) != 1)
    return make_error(ec::internal, "The system gives no random bytes.");
  return key_id{make_ulid(
      static_cast<std::uint64_t>(to_unix_us(at) / 1000), random[0], random[1])};
}

/// What it takes for `key` to be an administrator's.
std::shared_ptr<event_batch>
key_events(const access_directory& access, api_key_issued key, timestamp at) {
  auto out = std::make_shared<event_batch>();
  out->stream = control_stream;
  const auto& by = key.by;
  auto known = access.find_user(key.user);
  if (!known)
    out->add(
        at,
        user_registered{key.user, "First administrator", user_role::admin, by});
  else if (known->role != user_role::admin)
    out->add(
        at, user_changed{key.user, known->display_name, user_role::admin, by});
  if (known && !known->active)
    out->add(at, user_reactivated{key.user, by});
  out->add(at, std::move(key));
  return out;
}

result<void> append_key(event_log& log, const std::string& text) {
  access_directory access;
  stream_version last;
  auto read = log.read_stream(control_stream, {1}, [&](const batch_ptr& batch) {
    batch->for_each([&](const recorded_event& e) { access.apply(e); });
    last = batch->last_version();
    return true;
  });
  if (!read)
    return read.error();
  auto at = now();
  auto id = new_key_id(at);
  if (!id)
    return id.error();
  api_key_issued key;
  key.id = *id;
  key.user = first_admin;
  key.label = "new-admin-key";
  key.sha256 = sha256(text);
  key.by = {std::string(server_principal), {}};
  append_request request;
  request.expected = expected_version::exactly(last);
  request.batch = key_events(access, std::move(key), at);
  request.encoded = encode_items(*request.batch);
  result<log_position> outcome = log_position{};
  log.append(std::span{&request, 1}, std::span{&outcome, 1});
  if (!outcome)
    return outcome.error();
  return {};
}

} // namespace

exit_code new_admin_key_command::run() const {
  const data_folder folder{storage_path};
  if (auto unheld = check_unheld(folder); !unheld)
    return refuse(unheld.error());
  rocksdb_log_options options;
  options.path = folder.log();
  auto log = open_rocksdb_event_log(options);
  if (!log)
    return refuse(log.error());
  auto text = make_api_key();
  // Recorded before shown, as everything is.
  if (auto done = append_key(**log, text); !done)
    return refuse(done.error());
  fmt::print("{}\n", text);
  fmt::print(
      stderr,
      "This is a key of {}, from the next start on. It is not shown again; "
      "its issue is on record.\n",
      first_admin);
  return std::fflush(stdout) == 0 ? exit_code::ok : exit_code::io_error;
}

} // namespace hansard
