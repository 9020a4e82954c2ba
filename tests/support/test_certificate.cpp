#include "tests/support/test_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

namespace hansard::test {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

void require(bool done) {
  if (!done)
    std::abort();
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

constexpr long half_hour_s = 1'800;

/// @param middle_s of the hour for which it is valid, from now on.
test_certificate make_certificate(
    const char* name, const char* alternatives, long middle_s = 0) {
  std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  std::unique_ptr<X509, freed_by<X509_free>> x509(X509_new());
  require(key && x509);
  X509_set_version(x509.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), middle_s - half_hour_s);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), middle_s + half_hour_s);
  auto* subject = X509_get_subject_name(x509.get());
  X509_NAME_add_entry_by_txt(
      subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name),
      -1, -1, 0);
  X509_set_issuer_name(x509.get(), subject);
  X509_set_pubkey(x509.get(), key.get());
  std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(
          nullptr, nullptr, NID_subject_alt_name, alternatives));
  require(
      extension && X509_add_ext(x509.get(), extension.get(), -1) == 1
      && X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);
  bio_ptr certificate_text(BIO_new(BIO_s_mem()));
  bio_ptr key_text(BIO_new(BIO_s_mem()));
  require(
      PEM_write_bio_X509(certificate_text.get(), x509.get()) == 1
      && PEM_write_bio_PrivateKey(
             key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)
             == 1);
  return {text_of(certificate_text.get()), text_of(key_text.get())};
}

} // namespace

test_certificate make_test_certificate() {
  return make_certificate("localhost", "DNS:localhost,IP:127.0.0.1");
}

test_certificate make_expired_certificate() {
  return make_certificate(
      "localhost", "DNS:localhost,IP:127.0.0.1", -3 * half_hour_s);
}

test_certificate make_foreign_certificate() {
  return make_certificate("elsewhere.example", "DNS:elsewhere.example");
}

} // namespace hansard::test
