#pragma once

#include "tools/hansard/admin/call.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::test {

/// What an administrator sees of a server, in memory: the lists in pages of
/// three, entity tags, and the refusals that order matters for.
class admin_model {
public:
  admin_model();

  result<admin_answer> ask(const admin_call& call);
  admin_ask as_ask() {
    return [this](const admin_call& call) { return ask(call); };
  }

  /// Requests that were to change something.
  std::size_t writes = 0;
  /// The write that fails, counted from 1; 0: none.
  std::size_t failing_write = 0;

  /// A list's elements by what the path names them.
  using things = std::map<std::string, boost::json::object, std::less<>>;
  things credentials;
  things agents;
  things users;
  things guardrails;
  things policies;
  /// By the path of the list.
  std::map<std::string, things, std::less<>> grants;

private:
  struct route;
  route find(std::string_view target);
  result<admin_answer> read(const route& at, const admin_call& call) const;
  result<admin_answer> write(route& at, const admin_call& call);
  result<admin_answer>
  make(route& at, const admin_call& call, boost::json::object body);
  error check_grant(const route& at, const boost::json::object& body) const;

  std::size_t last_id_ = 0;
};

} // namespace hansard::test
