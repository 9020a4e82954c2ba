#include "actors/session/attached_clients.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

std::optional<attached_client> attached_clients::remove(std::uint64_t id) {
  auto it = std::find_if(
      clients_.begin(), clients_.end(),
      [id](const attached_client& one) { return one.id == id; });
  if (it == clients_.end())
    return std::nullopt;
  auto gone = std::move(*it);
  clients_.erase(it);
  if (clients_.empty())
    ++departures_;
  return gone;
}

bool attached_clients::has(const sse_writer_actor& writer) const {
  return std::any_of(
      clients_.begin(), clients_.end(),
      [&writer](const attached_client& one) { return one.writer == writer; });
}

const attached_client*
attached_clients::find(const caf::actor_addr& writer) const {
  auto it = std::find_if(
      clients_.begin(), clients_.end(), [&writer](const attached_client& one) {
        return one.writer.address() == writer;
      });
  return it == clients_.end() ? nullptr : &*it;
}

void attached_clients::remember(batch_ptr batch) {
  recent_.push_back(std::move(batch));
  if (recent_.size() > max_recent)
    recent_.pop_front();
}

} // namespace hansard
