#include "http/upstream/demo/demo_script.hpp"

#include "http/upstream/upstream_text.hpp"

#include <algorithm>
#include <charconv>

namespace hansard {

namespace {

constexpr std::string_view label = "Hansard demo model:";
constexpr std::size_t long_answer_tokens = 500;
constexpr std::size_t quoted_bytes = 400;

constexpr std::string_view help_text =
    "I am scripted and know nothing, but I obey these words in a message:\n"
    "- demo:long: an answer of 500 tokens\n"
    "- demo:slow: the first token comes after some seconds\n"
    "- demo:fast N: N tokens without a pause\n"
    "- demo:reason: reasoning before the answer\n"
    "- demo:tool: a tool call\n"
    "- demo:error: a failure before the first token\n"
    "- demo:cut: the stream breaks off in the middle\n"
    "- demo:help: this list";

/// Words with the space in front of them, as models cut their text.
void say(
    demo_script& script, std::string_view text,
    token_channel channel = token_channel::answer) {
  while (!text.empty()) {
    auto end = text.find_first_of(" \n", 1);
    end = std::min(end, text.size());
    script.tokens.push_back({channel, std::string(text.substr(0, end))});
    text.remove_prefix(end);
  }
}

const message* last_of(const upstream_request& request, role who) {
  const auto& all = request.messages;
  auto found = std::find_if(all.rbegin(), all.rend(), [&](const message& m) {
    return m.role == who;
  });
  return found == all.rend() ? nullptr : &*found;
}

std::string quoted(const message* m) {
  const auto text = m ? plain_text(m->content) : std::string();
  if (text.empty())
    return "something without words";
  return "\"" + clip_message(text, quoted_bytes) + "\"";
}

/// What stands behind "demo:" in the text: the word, and the number after it.
struct demo_command {
  std::string word;
  std::size_t number = 0;
};

/// Of the last paragraph: a question that got no answer stands in front of the
/// next one, and is not to be obeyed again.
demo_command command_in(std::string_view text) {
  if (const auto at = text.rfind("\n\n"); at != std::string_view::npos)
    text.remove_prefix(at);
  constexpr std::string_view prefix = "demo:";
  const auto at = text.find(prefix);
  if (at == std::string_view::npos)
    return {};
  text.remove_prefix(at + prefix.size());
  const auto end = std::find_if(
      text.begin(), text.end(), [](char c) { return c < 'a' || c > 'z'; });
  demo_command command{std::string(text.begin(), end), 0};
  text.remove_prefix(command.word.size());
  if (text.starts_with(' '))
    text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), command.number);
  return command;
}

void say_what_was_asked(demo_script& script, const upstream_request& request) {
  const auto count = request.messages.size();
  const auto session = request.session.to_string();
  std::string text = " You said: " + quoted(last_of(request, role::user));
  text.append(".\n\nNo language model is connected to this agent, so I only "
              "repeat. But the record is real: Hansard keeps this as turn ");
  text.append(request.turn.to_string()).append(" of session ").append(session);
  text.append(", ").append(std::to_string(count));
  text.append(count == 1 ? " message" : " messages");
  text.append(" so far, and each of these words is an event with its time. "
              "Read them at GET /api/chat/sessions/");
  text.append(session).append("/messages. ");
  text.append("Say demo:help to see what else I can show.");
  say(script, text);
}

void say_count(demo_script& script, std::size_t count) {
  for (std::size_t i = script.tokens.size() + 1; i <= count; ++i)
    script.tokens.push_back(
        {token_channel::answer,
         " token " + std::to_string(i) + (i % 10 == 0 ? "\n" : "")});
}

void call_a_tool(demo_script& script) {
  say(script, " I ask for the weather with a tool.");
  tool_call_generated call;
  call.id = "call_demo_1";
  call.function = "get_weather";
  call.arguments = R"({"city":"Paris"})";
  script.finish.tool_calls.push_back(std::move(call));
  script.finish.ending = ending::tool_calls;
  script.finish.finish_reason = "tool_calls";
}

void fail(demo_script& script, ec code, std::string message) {
  script.failure.emplace();
  script.failure->code = code;
  script.failure->message = std::move(message);
}

void obey(
    demo_script& script, const demo_command& command,
    const upstream_request& request) {
  if (command.word == "help") {
    say(script, help_text);
  } else if (command.word == "long") {
    say_count(script, long_answer_tokens);
  } else if (command.word == "fast") {
    script.paced = false;
    say_count(
        script, std::clamp<std::size_t>(command.number, 1, max_demo_tokens));
  } else if (command.word == "tool") {
    call_a_tool(script);
  } else if (command.word == "cut") {
    say(script, " this answer breaks off in the");
    fail(
        script, ec::upstream_truncated,
        "the Hansard demo model broke its stream off, as it was asked to");
  } else {
    script.slow = command.word == "slow";
    say_what_was_asked(script, request);
  }
}

/// The demo model's own count: its pieces, and the words of the prompt.
token_usage
count_usage(const upstream_request& request, const demo_script& script) {
  token_usage usage;
  usage.source = usage_source::reported;
  for (const auto& m : request.messages) {
    const auto text = plain_text(m.content);
    usage.prompt +=
        1
        + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), ' '));
  }
  usage.completion = script.tokens.size();
  usage.reasoning = static_cast<std::uint64_t>(std::count_if(
      script.tokens.begin(), script.tokens.end(), [](const demo_token& token) {
        return token.channel == token_channel::reasoning;
      }));
  return usage;
}

} // namespace

demo_script make_demo_script(const upstream_request& request) {
  demo_script script;
  script.finish.finish_reason = "stop";
  const auto* asked = last_of(request, role::user);
  const auto command = command_in(asked ? plain_text(asked->content) : "");
  if (command.word == "error") {
    fail(
        script, ec::upstream_failed,
        "the Hansard demo model failed, as it was asked to");
    return script;
  }
  if (command.word == "reason")
    say(script,
        "The message asks for reasoning. The Hansard demo model has none, so "
        "it "
        "says that instead.",
        token_channel::reasoning);
  say(script, label);
  if (!request.messages.empty() && request.messages.back().role == role::tool)
    // Obeying the user's words again would call the tool for ever.
    say(script, " the tool answered " + quoted(&request.messages.back()) + ".");
  else
    obey(script, command, request);
  script.finish.usage = count_usage(request, script);
  if (script.failure)
    script.failure->usage = script.finish.usage;
  return script;
}

} // namespace hansard
