#include "http/client/tls_trust.hpp"

#include <boost/asio/ssl/context.hpp>

#include <exception>

namespace hansard {

namespace ssl = boost::asio::ssl;

upstream_tls::upstream_tls(std::string ca_file)
    : ca_file_(std::move(ca_file)) {}

upstream_tls::~upstream_tls() = default;

void upstream_tls::prepare() {
  std::call_once(loaded_, [this] {
    try {
      load();
    } catch (const std::exception& e) {
      problem_ = std::string("TLS can't be used: ") + e.what();
    }
  });
}

result<ssl::context*> upstream_tls::context() {
  prepare();
  if (!problem_.empty())
    return make_error(ec::upstream_unavailable, problem_);
  return context_.get();
}

void upstream_tls::load() {
  context_ = std::make_unique<ssl::context>(ssl::context::tls_client);
  auto* native = context_->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Connections that wait give their buffers back.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code ec;
  context_->set_default_verify_paths(ec);
  if (ec)
    problem_ =
        "the system's certificate authorities can't be read: " + ec.message();
  if (ca_file_.empty())
    return;
  context_->load_verify_file(ca_file_, ec);
  if (ec)
    problem_ = "the certificate authorities in " + ca_file_
               + " can't be read: " + ec.message();
}

} // namespace hansard
