#include "actors/control/administration.hpp"
#include "actors/secrets/credential_vault.hpp"

#include <memory>
#include <utility>

namespace hansard {

void administration::set_credential(
    cause by, std::string name, const secret_text& value,
    reply<credential_record> answer, precondition expected) {
  auto fits = check_credential_name(name);
  if (fits)
    fits = check_credential_value(value);
  if (!fits) {
    answer(fits.error());
    return;
  }
  // Here and not when its turn comes: what waits is sealed already.
  auto sealed = vault().seal(std::move(name), value);
  if (!sealed) {
    answer(sealed.error());
    return;
  }
  const auto& known = vault().directory();
  record(
      [&known, event_of = credential_set{*sealed, by},
       expected =
           std::move(expected)](const access_directory&) -> result<event> {
        auto now = known.find(event_of.credential.name);
        if (auto met = expected.check(now ? tag_of(*now) : std::string()); !met)
          return met.error();
        if (known.size() >= credential_directory::max_credentials && !now)
          return make_error(
              ec::too_large,
              "There are 1000 credentials already. Remove some.");
        return event{event_of};
      },
      [&known, name = sealed->name,
       answer = std::move(answer)](result<void> done) {
        auto now = done ? known.find(name) : std::nullopt;
        if (now)
          answer(*now);
        else
          answer(
              done ? make_error(ec::not_found, "It was removed meanwhile.")
                   : done.error());
      });
}

void administration::remove_credential(
    cause by, std::string name, reply<std::monostate> answer,
    precondition expected) {
  record(
      [&known = vault().directory(), by = std::move(by), name = std::move(name),
       expected =
           std::move(expected)](const access_directory&) -> result<event> {
        auto now = known.find(name);
        if (!now)
          return make_error(ec::not_found, "There is no such credential.");
        if (auto met = expected.check(tag_of(*now)); !met)
          return met.error();
        return event{credential_removed{name, by}};
      },
      [answer = std::move(answer)](result<void> done) {
        if (done)
          answer(std::monostate{});
        else
          answer(done.error());
      });
}

void administration::record_reload(
    configuration_reloaded what, reply<std::monostate> answer) {
  record(
      [what = std::move(what)](const access_directory&) -> result<event> {
        return event{what};
      },
      [answer = std::move(answer)](result<void> done) {
        if (done)
          answer(std::monostate{});
        else
          answer(done.error());
      });
}

} // namespace hansard
