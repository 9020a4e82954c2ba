#include "projections/lists/text_filter.hpp"

#include "events/text/utf8.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

namespace hansard {

namespace {

re2::RE2::Options literal_options() {
  re2::RE2::Options options;
  options.set_literal(true);
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_never_capture(true);
  return options;
}

} // namespace

struct text_filter::impl {
  explicit impl(std::string_view part)
      : pattern({part.data(), part.size()}, literal_options()) {}
  re2::RE2 pattern;
};

text_filter::text_filter(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
text_filter::~text_filter() = default;

result<std::shared_ptr<const text_filter>>
text_filter::make(std::string_view part) {
  auto wrong = [] {
    return make_error(
        ec::invalid_request, "q: must be 1 to 200 characters of UTF-8.");
  };
  if (part.empty() || part.size() > 4 * max_characters
      || count_characters(part) > max_characters)
    return wrong();
  auto made = std::make_unique<impl>(part);
  if (!made->pattern.ok())
    return wrong();
  return std::shared_ptr<const text_filter>(new text_filter(std::move(made)));
}

bool text_filter::matches(std::initializer_list<std::string_view> texts) const {
  return std::any_of(texts.begin(), texts.end(), [this](std::string_view text) {
    return re2::RE2::PartialMatch({text.data(), text.size()}, impl_->pattern);
  });
}

} // namespace hansard
