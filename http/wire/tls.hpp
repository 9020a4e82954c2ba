#pragma once

#include "events/error.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace hansard {

/// A server's TLS settings: TLS 1.2 and 1.3, authenticated ciphers with forward
/// secrecy in the server's order, HTTP/1.1 by ALPN; no compression,
/// renegotiation or resumption.
/// @param certificate_file PEM, the server's certificate first, then its chain.
/// @param key_file PEM, not encrypted.
/// @returns invalid_request: the files can't be read or do not belong together.
result<std::unique_ptr<boost::asio::ssl::context>> make_server_tls(
    const std::string& certificate_file, const std::string& key_file);

} // namespace hansard
