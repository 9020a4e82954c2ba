#include "projections/sessions/session_list_rows.hpp"

#include <algorithm>
#include <utility>

namespace hansard::detail {

std::string session_row_key(const session_id& id) {
  std::string key(1, '\x01');
  append_id(key, id);
  return key;
}

std::string activity_key(std::int64_t updated_us, const session_id& id) {
  // A flipped sign bit gives the unsigned order of signed numbers.
  auto ascending =
      static_cast<std::uint64_t>(updated_us) ^ (std::uint64_t{1} << 63);
  std::string key;
  append_big(key, ~ascending);
  for (auto byte : id.bytes)
    key += static_cast<char>(~byte);
  return key;
}

session_id session_of_activity_key(std::string_view key) {
  session_id id;
  std::transform(key.end() - 16, key.end(), id.bytes.begin(), [](char c) {
    return static_cast<std::uint8_t>(~c);
  });
  return id;
}

std::string
index_prefix(std::string_view owner, std::string_view agent, bool deleted) {
  char index = '\x05';
  if (owner.empty())
    index = agent.empty() ? '\x02' : '\x04';
  else if (agent.empty())
    index = '\x03';
  std::string key(1, static_cast<char>(deleted ? index + 0x10 : index));
  if (!owner.empty())
    append_name(key, owner);
  if (!agent.empty())
    append_name(key, agent);
  return key;
}

std::array<std::string, 4>
index_keys(const session_row& row, const session_id& id) {
  auto activity = activity_key(row.updated_us, id);
  return {
      index_prefix({}, {}, row.deleted) + activity,
      index_prefix(row.owner, {}, row.deleted) + activity,
      index_prefix({}, row.agent, row.deleted) + activity,
      index_prefix(row.owner, row.agent, row.deleted) + activity};
}

session_summary summary_of(const session_id& id, session_row row) {
  session_summary out;
  out.id = id;
  out.agent = std::move(row.agent);
  out.owner = std::move(row.owner);
  out.title = std::move(row.title);
  out.created_at = from_unix_us(row.created_us);
  out.updated_at = from_unix_us(row.updated_us);
  out.message_count = row.message_count;
  out.running_turn = row.running_turn;
  if (row.last_ending != 0)
    out.last_ending = static_cast<ending>(row.last_ending - 1);
  out.version = {row.version};
  out.deleted = row.deleted;
  return out;
}

} // namespace hansard::detail
