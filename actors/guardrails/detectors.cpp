#include "actors/guardrails/detectors.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace hansard {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
char upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; }

struct country {
  std::string_view code;
  std::size_t length;
};

/// Lengths of IBANs: SWIFT's IBAN registry, release 97.
constexpr std::array countries{
    country{"AD", 24}, country{"AE", 23}, country{"AL", 28}, country{"AT", 20},
    country{"AZ", 28}, country{"BA", 20}, country{"BE", 16}, country{"BG", 22},
    country{"BH", 22}, country{"BI", 27}, country{"BR", 29}, country{"BY", 28},
    country{"CH", 21}, country{"CR", 22}, country{"CY", 28}, country{"CZ", 24},
    country{"DE", 22}, country{"DJ", 27}, country{"DK", 18}, country{"DO", 28},
    country{"EE", 20}, country{"EG", 29}, country{"ES", 24}, country{"FI", 18},
    country{"FK", 18}, country{"FO", 18}, country{"FR", 27}, country{"GB", 22},
    country{"GE", 22}, country{"GI", 23}, country{"GL", 18}, country{"GR", 27},
    country{"GT", 28}, country{"HR", 21}, country{"HU", 28}, country{"IE", 22},
    country{"IL", 23}, country{"IQ", 23}, country{"IS", 26}, country{"IT", 27},
    country{"JO", 30}, country{"KW", 30}, country{"KZ", 20}, country{"LB", 28},
    country{"LC", 32}, country{"LI", 21}, country{"LT", 20}, country{"LU", 20},
    country{"LV", 21}, country{"LY", 25}, country{"MC", 27}, country{"MD", 24},
    country{"ME", 22}, country{"MK", 19}, country{"MN", 20}, country{"MR", 27},
    country{"MT", 31}, country{"MU", 30}, country{"NI", 28}, country{"NL", 18},
    country{"NO", 15}, country{"OM", 23}, country{"PK", 24}, country{"PL", 28},
    country{"PS", 29}, country{"PT", 25}, country{"QA", 29}, country{"RO", 24},
    country{"RS", 22}, country{"RU", 33}, country{"SA", 24}, country{"SC", 31},
    country{"SD", 18}, country{"SE", 24}, country{"SI", 19}, country{"SK", 24},
    country{"SM", 27}, country{"SO", 23}, country{"ST", 25}, country{"SV", 28},
    country{"TL", 23}, country{"TN", 24}, country{"TR", 26}, country{"UA", 29},
    country{"VA", 22}, country{"VG", 24}, country{"XK", 20}, country{"YE", 30},
};

/// ISO 13616 length of a country's IBANs; 0: it has none.
std::size_t iban_length(std::string_view code) {
  auto found =
      std::find_if(countries.begin(), countries.end(), [code](const auto& one) {
        return one.code == code;
      });
  return found == countries.end() ? 0 : found->length;
}

std::size_t accept_iban(std::string_view candidate) {
  std::string plain;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < candidate.size(); ++i) {
    if (!is_digit(candidate[i]) && !is_letter(candidate[i]))
      continue;
    plain += upper(candidate[i]);
    if (plain.size() == 2 && (wanted = iban_length(plain)) == 0)
      return 0;
    if (plain.size() < 2 || plain.size() != wanted)
      continue;
    auto next = i + 1 < candidate.size() ? candidate[i + 1] : ' ';
    bool whole = !is_digit(next) && !is_letter(next);
    return whole && is_iban(plain) ? i + 1 : 0;
  }
  return 0;
}

std::size_t accept_card(std::string_view candidate) {
  std::string digits;
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < candidate.size(); ++i) {
    if (!is_digit(candidate[i]))
      continue;
    digits += candidate[i];
    bool whole = i + 1 == candidate.size() || !is_digit(candidate[i + 1]);
    if (whole && is_payment_card(digits))
      accepted = i + 1;
  }
  return accepted;
}

/// E.164: at most 15 digits; fewer than 8 are no international number.
std::size_t accept_phone(std::string_view candidate) {
  auto digits = std::count_if(candidate.begin(), candidate.end(), is_digit);
  auto prefix = candidate.starts_with("00") ? 2 : 0;
  return digits - prefix >= 8 && digits - prefix <= 15 ? candidate.size() : 0;
}

constexpr std::array table{
    guard_detector{
        "email", "e-mail addresses",
        R"([A-Za-z0-9._%+'\-]{1,64}@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,24})", 320},
    guard_detector{
        "phone", "phone numbers: international, and North American",
        R"((?:\+|\b00)[1-9](?:[ ().\-/]{0,2}[0-9]){6,14}\b)", 48, accept_phone},
    guard_detector{
        "phone", "",
        R"((?:\([2-9][0-9]{2}\) ?|\b[2-9][0-9]{2}[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}\b)",
        16},
    guard_detector{
        "iban", "bank account numbers (IBAN, check digits verified)",
        R"(\b[A-Za-z]{2}[0-9]{2}(?:[ \-]?[A-Za-z0-9]){11,30}\b)", 64,
        accept_iban},
    guard_detector{
        "card", "payment card numbers (issuer and Luhn digit verified)",
        R"(\b[2-6](?:[ \-]?[0-9]){11,18}\b)", 37, accept_card},
    guard_detector{
        "aws_key", "AWS access key ids",
        R"(\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b)", 20},
    guard_detector{
        "github_token", "GitHub tokens", R"(\bgh[pousr]_[A-Za-z0-9]{36,251}\b)",
        256},
    guard_detector{
        "github_token", "", R"(\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b)",
        93},
    guard_detector{
        "slack_token", "Slack tokens and webhooks",
        R"(\bxox[abeoprs]-[A-Za-z0-9\-]{10,250})", 255},
    guard_detector{
        "slack_token", "",
        R"(hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{16,100})",
        128},
    guard_detector{
        "private_key", "PEM private key blocks",
        R"(-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----)"
        R"((?:[A-Za-z0-9+/=:,\s\\]|-[A-Za-z0-9])*)"
        R"((?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----)?)",
        16384},
    guard_detector{
        "jwt", "JSON Web Tokens",
        R"(\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*)",
        4096},
    guard_detector{
        "hansard_key", "API keys of this server", R"(\bhsd_[A-Za-z0-9]{32}\b)",
        36},
    guard_detector{
        "provider_key", "API keys of OpenAI, Anthropic, Google and Stripe",
        R"(\bsk-(?:proj-|svcacct-|ant-[a-z0-9]{2,8}-)?[A-Za-z0-9_\-]{20,200})",
        256},
    guard_detector{"provider_key", "", R"(\bAIza[A-Za-z0-9_\-]{35})", 39},
    guard_detector{
        "provider_key", "", R"(\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,128}\b)",
        144},
};

} // namespace

std::span<const guard_detector> guard_detectors() { return table; }

bool passes_luhn(std::string_view digits) {
  int total = 0;
  bool doubled = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at) {
    int value = *at - '0';
    if (doubled && (value *= 2) > 9)
      value -= 9;
    total += value;
    doubled = !doubled;
  }
  return total % 10 == 0;
}

bool is_iban(std::string_view iban) {
  if (iban.size() < 5 || iban_length(iban.substr(0, 2)) != iban.size())
    return false;
  unsigned remainder = 0;
  auto take = [&remainder](char c) {
    if (is_digit(c))
      remainder = (remainder * 10 + unsigned(c - '0')) % 97;
    else
      remainder = (remainder * 100 + unsigned(c - 'A') + 10) % 97;
  };
  for (auto c : iban.substr(4))
    take(c);
  for (auto c : iban.substr(0, 4))
    take(c);
  return remainder == 1;
}

bool is_payment_card(std::string_view digits) {
  auto n = digits.size();
  if (n < 12 || n > 19)
    return false;
  int two = (digits[0] - '0') * 10 + (digits[1] - '0');
  int four = two * 100 + (digits[2] - '0') * 10 + (digits[3] - '0');
  bool known = false;
  if (digits[0] == '4') // Visa
    known = n == 13 || n == 16 || n == 19;
  else if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
    known = n == 16; // Mastercard
  else if (two == 34 || two == 37)
    known = n == 15; // American Express
  else if (
      two == 36 || two == 38 || two == 39 || (four >= 3000 && four <= 3059))
    known = n >= 14; // Diners Club
  else if (four >= 3528 && four <= 3589)
    known = n >= 16; // JCB
  else if (four == 6011 || two == 64 || two == 65 || two == 62)
    known = n >= 16; // Discover, UnionPay
  else if (two == 50 || (two >= 56 && two <= 69))
    known = true; // Maestro
  return known && passes_luhn(digits);
}

} // namespace hansard
