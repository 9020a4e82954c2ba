#include "http/stream/sse_frame.hpp"

#include "events/text/json_text.hpp"
#include "http/text/line_separators.hpp"
#include "http/text/text.hpp"

#include <charconv>

namespace hansard {

namespace {

void append_number(std::string& out, std::uint64_t value) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void begin_event(std::string& out, stream_version version) {
  out += "id: ";
  append_number(out, version.value);
  out += "\ndata: ";
}

/// @param line Where the JSON of its data line begins.
void end_event(std::string& out, std::size_t line) {
  escape_line_separators(out, line);
  out += "\n\n";
}

void append_text_event(
    std::string& out, stream_version version, token_channel channel,
    std::string_view text) {
  begin_event(out, version);
  const auto line = out.size();
  out +=
      is_shown_answer(channel) ? R"({"chunk":)" : R"({"chunk":"","reasoning":)";
  append_json_string(out, text);
  out += '}';
  end_event(out, line);
}

std::string usage_json(const token_usage& usage) {
  std::string out;
  json_object_writer object{out};
  object.text("source", to_string(usage.source))
      .number("promptTokens", usage.prompt)
      .number("completionTokens", usage.completion)
      .number("totalTokens", usage.prompt + usage.completion)
      .number("cachedTokens", usage.cached)
      .number("reasoningTokens", usage.reasoning)
      .close();
  return out;
}

std::string error_json(std::string_view code, std::string_view message) {
  std::string out;
  json_object_writer object{out};
  object.text("code", to_upper(code)).text("message", message).close();
  return out;
}

/// Writes the data line of one event that is not a token.
struct data_line {
  std::string& out;

  json_object_writer begin() {
    json_object_writer object{out};
    object.text("chunk", "");
    return object;
  }
  static void usage(json_object_writer& object, const token_usage& usage) {
    if (usage.source != usage_source::none)
      object.raw("usage", usage_json(usage));
  }

  void operator()(const tool_call_generated& e) {
    std::string function;
    json_object_writer inner{function};
    inner.text("name", e.function).text("arguments", e.arguments).close();
    std::string call;
    json_object_writer outer{call};
    outer.number("index", e.index)
        .text("id", e.id)
        .text("type", "function")
        .raw("function", function)
        .close();
    begin().raw("toolCall", call).close();
  }
  void operator()(const generation_completed& e) {
    auto object = begin();
    object.text("end", to_string(e.ending));
    if (!e.finish_reason.empty())
      object.text("finishReason", e.finish_reason);
    usage(object, e.usage);
    object.close();
  }
  void operator()(const generation_failed& e) {
    auto object = begin();
    object.text("end", to_string(e.ending))
        .raw("error", error_json(e.code, e.reason));
    usage(object, e.usage);
    object.close();
  }
  void operator()(const generation_cancelled& e) {
    auto object = begin();
    object.text("end", "cancelled");
    if (!e.reason.empty())
      object.text("reason", e.reason);
    usage(object, e.usage);
    object.close();
  }
  void operator()(const generation_interrupted& e) {
    auto object = begin();
    object.text("end", "interrupted")
        .raw("error", error_json("interrupted", e.reason));
    usage(object, e.usage);
    object.close();
  }
  template <class Other>
  void operator()(const Other&) {}
};

/// True when it shows.
bool append_single(
    std::string& out, stream_version version, const event& body) {
  if (!shows_on_wire(body))
    return false;
  if (auto* token = std::get_if<token_generated>(&body)) {
    append_text_event(out, version, token->channel, token->text);
    return true;
  }
  begin_event(out, version);
  const auto line = out.size();
  std::visit(data_line{out}, body);
  end_event(out, line);
  return true;
}

/// Frames tokens of one run.
void append_run(
    std::string& out, const token_run& run, frame_cursor& at,
    stream_version after, token_framing framing, std::size_t limit,
    framed& done) {
  std::string_view text = run.text;
  while (at.mark < run.marks.size() && out.size() < limit) {
    const auto& first = run.marks[at.mark];
    auto length = std::size_t{first.length};
    auto version = at.version;
    at.version = at.version.next();
    ++at.mark;
    if (version <= after || !is_shown(first.channel)) {
      at.offset += length;
      continue;
    }
    if (!done.first_token_at)
      done.first_token_at = first.at;
    while (framing == token_framing::coalesced && at.mark < run.marks.size()
           && is_shown(run.marks[at.mark].channel)
           && is_shown_answer(run.marks[at.mark].channel)
                  == is_shown_answer(first.channel)
           && length < coalesced_text_bytes) {
      length += run.marks[at.mark++].length;
      version = at.version;
      at.version = at.version.next();
    }
    append_text_event(
        out, version, first.channel, text.substr(at.offset, length));
    done.last_shown = version;
    at.offset += length;
  }
}

} // namespace

bool shows_on_wire(const event& e) {
  if (auto* token = std::get_if<token_generated>(&e))
    return is_shown(token->channel);
  return std::holds_alternative<tool_call_generated>(e) || ends_turn(e);
}

framed append_events(
    std::string& out, const event_batch& batch, frame_cursor& at,
    stream_version after, token_framing framing, std::size_t limit) {
  framed done;
  if (at.version.value == 0)
    at.version = batch.first_version;
  while (at.item < batch.items.size() && out.size() < limit) {
    const auto& item = batch.items[at.item];
    if (auto* single = std::get_if<stamped_event>(&item)) {
      if (at.version > after && append_single(out, at.version, *single->body))
        done.last_shown = at.version;
      at.version = at.version.next();
    } else {
      const auto& run = std::get<token_run>(item);
      append_run(out, run, at, after, framing, limit, done);
      if (at.mark < run.marks.size())
        break;
    }
    ++at.item;
    at.mark = 0;
    at.offset = 0;
  }
  done.whole = at.item == batch.items.size();
  return done;
}

std::size_t framed_size_estimate(const event_batch& batch) {
  constexpr std::size_t around_token = 36;
  constexpr std::size_t around_event = 128;
  std::size_t bytes = 0;
  for (const auto& item : batch.items) {
    if (auto* run = std::get_if<token_run>(&item))
      bytes += run->text.size() + run->marks.size() * around_token;
    else
      bytes += around_event;
  }
  return bytes;
}

void append_error(std::string& out, const error& why) {
  out += "data: ";
  const auto line = out.size();
  json_object_writer object{out};
  object.text("chunk", "")
      .text("end", "failed")
      .raw("error", error_json(to_string(why.code), why.message))
      .close();
  end_event(out, line);
}

stream_version last_whole_id(std::string_view sent) {
  constexpr std::string_view mark = "id: ";
  auto end = sent.rfind("\n\n");
  while (end != std::string_view::npos) {
    // The event that ends here begins after the blank line before it, or
    // after the line that opens its chunk.
    auto begin =
        end == 0 ? std::string_view::npos : sent.rfind("\n\n", end - 1);
    auto whole = sent.substr(
        begin == std::string_view::npos ? 0 : begin + 2,
        end - (begin == std::string_view::npos ? 0 : begin + 2));
    auto at = whole.starts_with(mark) ? 0 : whole.find("\nid: ");
    if (at != std::string_view::npos) {
      auto digits = whole.substr(whole.find(mark, at) + mark.size());
      std::uint64_t value = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return {value};
    }
    end = begin;
  }
  return {};
}

} // namespace hansard
