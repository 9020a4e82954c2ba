#pragma once

#include <string>
#include <string_view>
#include <vector>

/// `hansard admin`: one table of what can be asked for, and of the route that
/// each asks.
namespace hansard {

/// Where a parameter goes in the request.
enum class admin_place {
  /// Into the braces of the path that have its name.
  path,
  query,
  /// A member of the JSON body; a dot leads into an object.
  body,
};

/// What a parameter's text is.
enum class admin_kind {
  text,
  /// A whole number.
  number,
  /// "true" or "false".
  choice,
  /// No text: there or not.
  flag,
  /// May be there more than once.
  list,
  /// A JSON value.
  json,
  /// The name of a file that holds the text; "-": stdin.
  file,
};

struct admin_parameter {
  /// "--name"; without dashes: a positional argument, which must be there.
  std::string_view flag;
  admin_place place = admin_place::query;
  std::string_view member;
  std::string_view help;
  admin_kind kind = admin_kind::text;
  /// In front of the value in a path: "users/".
  std::string_view prefix = {};
  /// Parameters that say the same here are alternatives: exactly one is there.
  std::string_view one_of = {};
  /// Used where it is not given.
  std::string_view otherwise = {};
};

/// Where the answers of a list that has several pages say that there is more.
struct admin_pages {
  /// Member of the answer with the elements; empty: not a list.
  std::string_view elements = {};
  /// Member of the answer that the next page is asked for with, and the
  /// parameter of the query that takes it.
  std::string_view next = "nextCursor";
  std::string_view cursor = "cursor";
  unsigned most = 200;
  /// Member of the first answer that the other pages are asked for with, so
  /// that all are about one instant; empty: none.
  std::string_view steady = {};
};

struct admin_verb {
  std::string_view noun;
  /// Empty: the noun alone is the command.
  std::string_view verb;
  std::string_view help;
  std::string_view method;
  std::string_view path;
  std::vector<admin_parameter> parameters = {};
  /// Of a list's table, in their order, between spaces.
  std::string_view columns = {};
  admin_pages pages = {};
  /// The body can be given as a file; flags win over its members.
  bool takes_file = false;
};

/// All of them; those of one noun stand together.
const std::vector<admin_verb>& admin_verbs();

/// What a noun is about, for the help.
std::string_view help_of_noun(std::string_view noun);

} // namespace hansard
