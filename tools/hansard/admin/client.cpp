#include "tools/hansard/admin/client.hpp"

#include "http/client/https_request.hpp"
#include "tools/hansard/admin/answer.hpp"

#include <fmt/format.h>

#include <utility>

namespace hansard {
namespace {

https_client::options client_options(const admin_client::options& o) {
  return {
      .origin = o.server.origin,
      .trust = std::make_shared<upstream_tls>(o.ca_file),
      .timeout = o.timeout,
      .max_body_bytes = o.max_answer_bytes,
      .keep_alive = true};
}

} // namespace

struct admin_client::impl {
  explicit impl(options o)
      : given(std::move(o)),
        client(client_options(given)) {}

  https_request request_of(const admin_call& call) const;
  error explain(const https_failure& failed, bool is_write) const;

  const options given;
  https_client client;
};

https_request admin_client::impl::request_of(const admin_call& call) const {
  https_request out{
      .method = call.method,
      .target = given.server.prefix + call.target,
      .fields = {
          {"User-Agent", "hansard/" HANSARD_VERSION},
          {"Accept", "application/json"},
          {"Authorization", "Bearer " + std::string(given.key.view())}}};
  if (!call.if_match.empty())
    out.fields.emplace_back("If-Match", call.if_match);
  if (call.only_new)
    out.fields.emplace_back("If-None-Match", "*");
  if (!call.body.empty())
    out.fields.emplace_back("Content-Type", "application/json");
  out.body = call.body;
  return out;
}

error admin_client::impl::explain(
    const https_failure& failed, bool is_write) const {
  using cause = https_failure::cause;
  const auto unreachable = [&](std::string_view why, std::string_view advice) {
    return make_error(
        ec::upstream_unavailable, fmt::format(
                                      "{} can't be reached: {}. {}",
                                      given.server.origin.key(), why, advice));
  };
  const std::string_view usual =
      failed.sent && is_write
          ? "Whether it was done is not known; look before you repeat it."
          : "Is it running? --server or HANSARD_SERVER say where it is.";
  switch (failed.what) {
  case cause::too_large:
    return make_error(
        ec::upstream_failed,
        fmt::format(
            "The answer is over {} MiB, which none of a Hansard is.",
            given.max_answer_bytes >> 20));
  case cause::malformed:
    return make_error(
        ec::upstream_failed,
        fmt::format(
            "The answer is no HTTP that can be read: {}. Is this the address "
            "of a Hansard server?",
            failed.why));
  case cause::no_trust:
    return unreachable(failed.why, "See --ca-file.");
  case cause::untrusted:
    return unreachable(
        failed.why,
        "If it is the right server, --ca-file names the authority that signed "
        "its certificate.");
  case cause::broken:
    return unreachable(
        "the connection ended before the answer (" + failed.why + ")", usual);
  default:
    return unreachable(failed.why, usual);
  }
}

admin_client::admin_client(options o)
    : impl_(std::make_unique<impl>(std::move(o))) {}

admin_client::~admin_client() = default;

result<admin_answer> admin_client::ask(const admin_call& call) {
  auto answer = impl_->client.ask(impl_->request_of(call));
  if (!answer)
    return impl_->explain(answer.error(), call.method != "GET");
  heard_answer heard;
  heard.status = answer->status;
  heard.content_type = std::string(answer->field("Content-Type"));
  heard.location = std::string(answer->field("Location"));
  heard.etag = std::string(answer->field("ETag"));
  heard.body = std::move(answer->body);
  return judge(std::move(heard));
}

} // namespace hansard
