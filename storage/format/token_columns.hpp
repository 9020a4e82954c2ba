#pragma once

#include "events/batch.hpp"
#include "storage/format/time_delta.hpp"
#include "storage/format/varint.hpp"

#include <string>

/// A token_run as columns: lengths, times, channels. The text stands apart.
namespace hansard::detail {

/// Appends the columns of `run`. @pre run has tokens.
void put_token_columns(
    std::string& out, const token_run& run, time_writer& times);

/// Reads the marks of `count` tokens into `run`, which is empty. Fails `in`
/// for what is not such columns; allocates no more than a small multiple of
/// the bytes that `in` has.
/// @returns the bytes of text that belong to the tokens.
std::uint64_t get_token_columns(
    byte_reader& in, std::uint64_t count, time_reader& times, token_run& run);

} // namespace hansard::detail
