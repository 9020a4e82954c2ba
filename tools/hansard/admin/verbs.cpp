#include "tools/hansard/admin/verbs.hpp"

#include "tools/hansard/admin/verb_groups.hpp"

#include <array>
#include <utility>

namespace hansard {
namespace {

std::vector<admin_verb> all() {
  auto out = detail::people_verbs();
  for (auto& verb : detail::rights_verbs())
    out.push_back(std::move(verb));
  for (auto& verb : detail::agent_verbs())
    out.push_back(std::move(verb));
  for (auto& verb : detail::server_verbs())
    out.push_back(std::move(verb));
  return out;
}

constexpr std::array nouns{
    std::pair{"users", "who is registered"},
    std::pair{"keys", "users' API keys"},
    std::pair{"tokens", "session cookies and tokens of others"},
    std::pair{"grants", "who may use which agent"},
    std::pair{"groups", "groups that claims name"},
    std::pair{"policies", "limits and budgets"},
    std::pair{"guardrails", "what may be said"},
    std::pair{"agents", "what can be chatted with"},
    std::pair{"sessions", "conversations"},
    std::pair{"credentials", "keys of model servers"},
    std::pair{"usage", "who used what"},
};

} // namespace

const std::vector<admin_verb>& admin_verbs() {
  static const auto verbs = all();
  return verbs;
}

std::string_view help_of_noun(std::string_view noun) {
  for (const auto& [name, help] : nouns)
    if (name == noun)
      return help;
  return {};
}

} // namespace hansard
