#pragma once

#include <memory>

/// Names of what the actors hold only by reference or pointer.
namespace hansard {

class access_directory;
class event_log;
class llm_backend;
class row_store;
class stream_sink;
class turn_admission;
class turn_slot;

struct runtime;
/// Shared by the actors; ends with the last of them.
using runtime_ptr = std::shared_ptr<runtime>;

} // namespace hansard
