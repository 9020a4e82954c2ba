#pragma once

#include "events/codec/archive.hpp"
#include "events/codec/big_endian.hpp"
#include "events/error.hpp"
#include "events/ids.hpp"

#include <exception>
#include <optional>
#include <string>
#include <string_view>

/// How the folds write keys and rows. Integers in keys are big-endian, so that
/// the order of the bytes is the order of the numbers; rows are written by
/// cereal as event payloads are. Rows hold no text of a conversation but the
/// title, and nothing that the log does not tell.
namespace hansard::detail {

template <class Row>
std::string encode_row(const Row& row) {
  std::string out;
  binary_writer archive{out};
  archive(row);
  return out;
}

/// nullopt: not a row of this kind.
template <class Row>
std::optional<Row> decode_row(std::string_view bytes) {
  try {
    binary_reader archive{bytes};
    std::optional<Row> row{std::in_place};
    archive(*row);
    return archive.remaining() == 0 ? row : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

inline void append_id(std::string& key, const id_bytes& id) {
  key.append(id.bytes.begin(), id.bytes.end());
}

/// A text of any length, in front of which its length stands: no other name
/// begins as this one does.
inline void append_name(std::string& key, std::string_view name) {
  append_big(key, static_cast<std::uint32_t>(name.size()));
  key.append(name);
}

/// What a row that can't be read, or that the log contradicts, is answered
/// with. The detail `table` tells it from a log that is corrupt: rows can be
/// folded again.
inline error damaged_rows(std::string_view table, std::string_view what) {
  error e = make_error(
      ec::corrupt, "The rows of " + std::string(table) + " are damaged ("
                       + std::string(what)
                       + "). Stop the server and run hansard rebuild.");
  e.details.emplace_back("table", table);
  return e;
}

inline bool is_damaged_rows(const error& e) {
  return e.code == ec::corrupt && !e.details.empty()
         && e.details.front().first == "table";
}

} // namespace hansard::detail
