#include "actors/secrets/credential_vault.hpp"

#include "actors/secrets/api_key.hpp"
#include "events/text/hex.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t tag_bytes = 16;
/// Of 32 random bytes 22 differ but once in 10^10 times; typed ones seldom do.
constexpr std::size_t min_distinct_bytes = 22;

using context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

error weak_key(std::string_view what) {
  return make_error(
      ec::invalid_request,
      std::string(what) + " Make one with `openssl rand -base64 32`.");
}

/// What is authenticated beside the ciphertext. The name comes last, so no two
/// of them have the same bytes.
std::string bound_to(const sealed_credential& sealed) {
  std::string out = "hansard credential 1\n";
  out.append(reinterpret_cast<const char*>(sealed.key.data()), 8);
  return out + sealed.name;
}

/// `prefix` is too long for a string to keep it in itself, so that what is
/// moved from keeps nothing.
secret_text joined(std::string_view prefix, std::string_view secret) {
  std::string out;
  out.reserve(prefix.size() + secret.size());
  out.append(prefix).append(secret);
  return secret_text{std::move(out)};
}

/// Keyed, so that it can't be used to try values.
std::array<std::uint8_t, 4>
fingerprint_of(const credential_key& key, const secret_text& value) {
  auto text = joined("hansard credential fingerprint\n", value.view());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(
      EVP_sha256(), key.bytes().data(), static_cast<int>(key.bytes().size()),
      bytes_of(text.view()), text.view().size(), digest.data(), &size);
  std::array<std::uint8_t, 4> out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

error cant_open(std::string_view name, std::string_view why) {
  return make_error(
      ec::upstream_failed, "The agent's provider credential \""
                               + std::string(name) + "\" " + std::string(why));
}

} // namespace

credential_key::credential_key(secret_text bytes) : bytes_(std::move(bytes)) {
  auto digest =
      sha256(joined("hansard credential key\n", bytes_.view()).view());
  std::copy_n(digest.begin(), id_.size(), id_.begin());
}

result<credential_key> credential_key::parse(std::string_view text) {
  constexpr std::size_t encoded_size = 44;
  if (text.size() != encoded_size || !text.ends_with('=')
      || text.ends_with("=="))
    return weak_key("is not the base64 of 32 bytes.");
  // The padding makes a byte of its own.
  std::string bytes(key_bytes + 1, '\0');
  if (EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), encoded_size)
      != static_cast<int>(key_bytes + 1))
    return weak_key("is not the base64 of 32 bytes.");
  bytes.pop_back();
  const secret_text key{std::move(bytes)};
  auto all = key.view();
  if (std::set<char>(all.begin(), all.end()).size() < min_distinct_bytes)
    return weak_key("is not random.");
  return credential_key{key};
}

result<sealed_credential>
seal(const credential_key& with, std::string name, const secret_text& value) {
  auto failed = make_error(
      ec::internal, "The credential can't be encrypted. Tell the "
                    "server's operator.");
  sealed_credential out;
  out.name = std::move(name);
  out.key = with.id();
  out.fingerprint = fingerprint_of(with, value);
  if (RAND_bytes(out.nonce.data(), static_cast<int>(out.nonce.size())) != 1)
    return failed;
  auto bound = bound_to(out);
  auto plain = value.view();
  out.ciphertext.resize(plain.size() + tag_bytes);
  auto* to = bytes_of(out.ciphertext);
  context cipher{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int length = 0;
  bool done =
      cipher
      && EVP_EncryptInit_ex(
             cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(with.bytes()),
             out.nonce.data())
             == 1
      && EVP_EncryptUpdate(
             cipher.get(), nullptr, &length, bytes_of(std::as_const(bound)),
             static_cast<int>(bound.size()))
             == 1
      && EVP_EncryptUpdate(
             cipher.get(), to, &length, bytes_of(plain),
             static_cast<int>(plain.size()))
             == 1
      && EVP_EncryptFinal_ex(cipher.get(), to + plain.size(), &length) == 1
      && EVP_CIPHER_CTX_ctrl(
             cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes),
             to + plain.size())
             == 1;
  if (!done)
    return failed;
  return out;
}

result<secret_text>
unseal(const credential_key& with, const sealed_credential& sealed) {
  auto failed = make_error(ec::corrupt, "The key does not open it.");
  if (sealed.key != with.id() || sealed.ciphertext.size() < tag_bytes)
    return failed;
  auto bound = bound_to(sealed);
  std::string tag =
      sealed.ciphertext.substr(sealed.ciphertext.size() - tag_bytes);
  std::string_view body(
      sealed.ciphertext.data(), sealed.ciphertext.size() - tag_bytes);
  std::string plain(body.size(), '\0');
  context cipher{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int length = 0;
  bool done =
      cipher
      && EVP_DecryptInit_ex(
             cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(with.bytes()),
             sealed.nonce.data())
             == 1
      && EVP_DecryptUpdate(
             cipher.get(), nullptr, &length, bytes_of(std::as_const(bound)),
             static_cast<int>(bound.size()))
             == 1
      && EVP_DecryptUpdate(
             cipher.get(), bytes_of(plain), &length, bytes_of(body),
             static_cast<int>(body.size()))
             == 1
      && EVP_CIPHER_CTX_ctrl(
             cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_bytes),
             tag.data())
             == 1
      && EVP_DecryptFinal_ex(
             cipher.get(), bytes_of(plain) + plain.size(), &length)
             == 1;
  secret_text out{plain};
  OPENSSL_cleanse(plain.data(), plain.size());
  if (!done)
    return failed;
  return out;
}

void credential_vault::use(credential_keys keys) {
  auto shared = std::make_shared<const credential_keys>(std::move(keys));
  std::lock_guard lock{mutex_};
  keys_ = std::move(shared);
}

std::shared_ptr<const credential_keys> credential_vault::keys() const {
  std::lock_guard lock{mutex_};
  return keys_;
}

std::vector<credential_key::id_type> credential_vault::key_ids() const {
  std::vector<credential_key::id_type> out;
  for (const auto& key : *keys())
    out.push_back(key.id());
  return out;
}

result<sealed_credential>
credential_vault::seal(std::string name, const secret_text& value) const {
  auto all = keys();
  if (all->empty())
    return make_error(
        ec::not_configured,
        "This server has no key to keep credentials with. Its operator sets "
        "[credentials] key_file in the configuration, or the variable "
        "HANSARD_CREDENTIALS_KEY, to what `openssl rand -base64 32` says.");
  return hansard::seal(all->front(), std::move(name), value);
}

result<secret_text> credential_vault::open(std::string_view name) const {
  auto record = directory_.find(name);
  if (!record)
    return cant_open(
        name, "does not exist. An admin sets it with POST /api/credentials.");
  for (const auto& key : *keys()) {
    if (key.id() != record->sealed.key)
      continue;
    if (auto opened = unseal(key, record->sealed))
      return opened;
    return cant_open(
        name, "is damaged. An admin sets it anew with POST /api/credentials.");
  }
  return cant_open(
      name, "can't be opened: the server lacks the key "
                + hex_text(record->sealed.key)
                + " that it was kept with. Its operator adds that key to those "
                  "of [credentials], or an admin sets the credential anew.");
}

bool credential_vault::opens(const sealed_credential& sealed) const {
  for (const auto& key : *keys())
    if (key.id() == sealed.key && unseal(key, sealed))
      return true;
  return false;
}

result<void> check_credential_name(std::string_view name) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name.size() > max_credential_name_bytes
      || name.find_first_not_of(allowed) != name.npos)
    return make_error(
        ec::invalid_request,
        "name: must be 1 to 64 letters, digits, dots, dashes and underscores.");
  return {};
}

result<void> check_credential_value(const secret_text& value) {
  auto text = value.view();
  // RFC 9110 §5.5: it goes into a header.
  bool fits = !text.empty() && text.size() <= max_credential_value_bytes
              && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                   return c > 0x20 && c < 0x7f;
                 });
  if (!fits)
    return make_error(
        ec::invalid_request,
        "value: must be 1 to 8192 printable ASCII characters without spaces.");
  return {};
}

} // namespace hansard
