#include "http/routes/chat/redacted_event.hpp"

namespace hansard {

namespace {

struct redactor {
  void operator()(token_generated& e) const {
    if (!is_shown(e.channel))
      e.text.clear();
  }
  void operator()(guardrail_matched& e) const {
    e.rule.clear();
    e.offset = 0;
    e.length = 0;
  }
  void operator()(guardrail_skipped& e) const {
    e.rule.clear();
    e.why.clear();
  }
  void operator()(prompt_masked& e) const { e.sent = {}; }
  void operator()(tool_call_withheld& e) const {
    e.id.clear();
    e.function.clear();
    e.arguments.clear();
  }
  template <class Other>
  void operator()(Other&) const {}
};

} // namespace

bool sees_withheld(const principal& who) {
  return (who.role == user_role::admin && who.has(scope::admin))
         || (who.role != user_role::member && who.has(scope::audit));
}

void redact(event& e) { std::visit(redactor{}, e); }

} // namespace hansard
