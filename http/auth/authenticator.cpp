#include "http/auth/authenticator.hpp"

#include "actors/secrets/api_key.hpp"
#include "http/auth/authentication.hpp"
#include "http/auth/jose_text.hpp"
#include "http/message/exchange.hpp"

#include <algorithm>

namespace hansard {

namespace {

/// A token's key may be taken out of its issuer's set.
constexpr std::chrono::seconds token_kept{60};

/// The NextAuth libraries' own tolerance.
constexpr std::chrono::seconds session_leeway{15};

/// Between two looks at which keys were used.
constexpr std::chrono::minutes uses_pause{5};

/// Of a cookie its name too: the same token under another name is another.
credential_cache::digest
digest_of(char kind, std::string_view name, std::string_view token) {
  std::string text(1, kind);
  text.append(name).append(1, '=').append(token);
  return key_digest(text);
}

} // namespace

result<std::unique_ptr<authenticator>> authenticator::make(
    authentication_options options, const access_directory& access,
    const authenticator* before) {
  std::unique_ptr<authenticator> made{
      new authenticator(std::move(options), access)};
  for (const auto& secret : made->options_.session_secrets)
    made->session_keys_.emplace_back(secret.view());
  const auto& url = made->options_.token_keys_url;
  if (url && before && before->options_.token_keys_url == url) {
    made->keys_ = before->keys_;
  } else if (url) {
    auto keys = jwks_source::start(*url);
    if (!keys)
      return keys.error();
    made->keys_ = std::move(*keys);
  }
  return made;
}

authenticator::found
authenticator::find_key(std::string_view key, timestamp now) const {
  if (auto who = access_.find_key(key_digest(key), now))
    return {verdict::known, std::move(who)};
  return {};
}

authenticator::found
authenticator::admit(const credential_cache::entry& who) const {
  if (auto admitted = access_.find_claimed(*who))
    return {verdict::known, std::move(admitted)};
  return {};
}

authenticator::found
authenticator::find_session(const session_cookie& cookie, timestamp now) {
  auto digest = digest_of('s', cookie.name, cookie.token);
  if (auto known = cache_.find(digest, now))
    return admit(known);
  auto opened = open_session_token(cookie, session_keys_);
  if (!opened)
    return {};
  auto claims =
      read_claims(*opened, options_.session_claims, session_leeway, now);
  if (!claims)
    return {};
  claims->who.kind = cookie.name.empty() ? credential_kind::token
                                         : credential_kind::session_cookie;
  auto who = std::make_shared<const claimed_identity>(std::move(claims->who));
  cache_.keep(digest, who, claims->expires_at);
  return admit(who);
}

authenticator::found
authenticator::find_token(std::string_view token, timestamp now) {
  auto digest = digest_of('t', {}, token);
  if (auto known = cache_.find(digest, now))
    return admit(known);
  auto checked = check_jwt(
      token, keys_ ? *keys_->keys() : options_.token_keys, options_.tokens,
      now);
  if (checked.verdict == jwt_verdict::unknown_key && keys_)
    return {verdict::needs_keys, std::nullopt};
  if (checked.verdict != jwt_verdict::good)
    return {};
  auto who =
      std::make_shared<const claimed_identity>(std::move(checked.claims.who));
  cache_.keep(
      digest, who, std::min(checked.claims.expires_at, now + token_kept));
  return admit(who);
}

authenticator::found
authenticator::find_bearer(std::string_view token, timestamp now) {
  auto dots = std::count(token.begin(), token.end(), '.');
  if (dots == 2 && !options_.tokens.issuer.empty())
    return find_token(token, now);
  if (dots == 4 && !session_keys_.empty())
    return find_session({{}, std::string(token)}, now);
  return find_key(token, now);
}

std::optional<authenticator::found>
authenticator::find(const request_head& head, timestamp now) {
  // What is shown on purpose counts, and nothing beside it.
  if (shows_credential(head)) {
    auto shown = credential_of(head);
    return shown ? find_bearer(*shown, now) : found{};
  }
  if (session_keys_.empty() || head.cookie.empty())
    return std::nullopt;
  auto cookies =
      find_session_cookies(head.cookie, options_.secure_cookies_only);
  for (const auto& cookie : cookies)
    if (auto found = find_session(cookie, now); found.who)
      return found;
  if (cookies.empty())
    return std::nullopt;
  return found{};
}

authenticator::outcome authenticator::authenticate(
    const request_head& head, const boost::asio::ip::address& peer,
    timestamp now, bool last_try) {
  auto address =
      client_address(peer, head.forwarded_for, options_.trusted_proxies);
  auto wall = attempt_limiter::clock::now();
  // What is good passes, however often others behind the same address failed.
  auto found = find(head, now);
  if (!found)
    return {};
  if (found->who)
    return {verdict::known, std::move(*found->who), {}};
  if (found->what == verdict::needs_keys && !last_try)
    return {verdict::needs_keys, {}, {}};
  if (auto pause = limiter_.refused_for(address, wall))
    return {verdict::limited, {}, *pause};
  limiter_.failed(address, wall);
  return {};
}

void authenticator::fetch_keys(reply<std::monostate> done) const {
  if (keys_)
    keys_->refetch(std::move(done));
  else
    done(std::monostate{});
}

bool authenticator::uses_are_due(timestamp now) {
  auto pause =
      std::chrono::duration_cast<std::chrono::microseconds>(uses_pause).count();
  auto at = to_unix_us(now);
  auto last = uses_looked_at_us_.load(std::memory_order_relaxed);
  return at - last >= pause
         && uses_looked_at_us_.compare_exchange_strong(last, at);
}

} // namespace hansard
