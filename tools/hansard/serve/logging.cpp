#include "tools/hansard/serve/logging.hpp"

#include "actors/log_event.hpp"
#include "events/text/log_line.hpp"

#include <spdlog/async.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>

namespace hansard {
namespace {

constexpr std::size_t queued_lines = 8'192;

class line_formatter : public spdlog::formatter {
public:
  explicit line_formatter(log_style style) : style_(style) {}

  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out)
      override {
    const auto level = spdlog::level::to_string_view(line.level);
    const std::string_view said(line.payload.data(), line.payload.size());
    // An event was built where it was logged.
    const bool is_event = line.source.filename == log_event_source;
    auto text = format_log_line(
        style_, std::chrono::time_point_cast<timestamp::duration>(line.time),
        {level.data(), level.size()},
        is_event ? std::string(said) : log_message_text(style_, said));
    text += '\n';
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<line_formatter>(style_);
  }

private:
  log_style style_;
};

} // namespace

void start_logging(std::string_view level, std::string_view format) {
  const auto style = format == "json" ? log_style::json : log_style::text;
  set_log_style(style);
  spdlog::init_thread_pool(queued_lines, 1);
  auto logger =
      spdlog::create_async_nb<spdlog::sinks::stderr_sink_mt>("hansard");
  logger->set_formatter(std::make_unique<line_formatter>(style));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(std::string_view level) {
  spdlog::set_level(spdlog::level::from_str(std::string(level)));
}

void stop_logging() { spdlog::shutdown(); }

} // namespace hansard
