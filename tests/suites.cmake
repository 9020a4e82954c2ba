# Run after a test program was linked: writes the file by which CTest knows its
# suites. An entry is a suite, as a process for each of more than a thousand
# cases takes longer than most cases do.
#
#   BINARY LIST FOLDER   the program, what to write, and the working directory
#   LABELS TIMEOUT       of each entry; TIMEOUT in seconds
#   BY_CASE              a regular expression: such Suite.Case is its own entry
#   NO_TSAN              … such run on CAF, whose synchronisation is not one that
#                        ThreadSanitizer knows
#   HEAVY                … such measure, or keep a core busy for seconds: they do
#                        not run beside each other
execute_process(
  COMMAND "${BINARY}" --gtest_list_tests
  WORKING_DIRECTORY "${FOLDER}"
  OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)

set(text)
macro(add_entry name filter)
  set(labels ${LABELS})
  if(NOT NO_TSAN OR NOT "${name}." MATCHES "${NO_TSAN}")
    list(APPEND labels tsan)
  endif()
  string(APPEND text
         "add_test([=[${name}]=] [=[${BINARY}]=] --gtest_brief=1 "
         "[=[--gtest_filter=${filter}]=])\n"
         "set_tests_properties([=[${name}]=] PROPERTIES TIMEOUT ${TIMEOUT} "
         "LABELS [=[${labels}]=] WORKING_DIRECTORY [=[${FOLDER}]=]")
  if(HEAVY AND "${name}." MATCHES "${HEAVY}")
    string(APPEND text " RESOURCE_LOCK heavy")
  endif()
  string(APPEND text ")\n")
endmacro()

macro(end_suite)
  if(suite AND others)
    string(REPLACE ";" ":" but "${alone}")
    if(alone)
      add_entry("${suite}" "${suite}.*-${but}")
    else()
      add_entry("${suite}" "${suite}.*")
    endif()
  endif()
endmacro()

# Lines hold no semicolons of ours: what gtest says of parameters goes first.
string(REGEX REPLACE " *#[^\n]*" "" listed "${listed}")
string(REPLACE "\n" ";" listed "${listed}")
set(suite)
foreach(line IN LISTS listed)
  if(line MATCHES "^([^ ]+)\\.$")
    set(next "${CMAKE_MATCH_1}")
    end_suite()
    set(suite "${next}")
    set(alone)
    set(others NO)
  elseif(line MATCHES "^  ([^ ]+)$")
    set(case "${suite}.${CMAKE_MATCH_1}")
    if(case MATCHES "\\.Promise[0-9]" OR (BY_CASE AND case MATCHES "${BY_CASE}"))
      add_entry("${case}" "${case}")
      list(APPEND alone "${case}")
    else()
      set(others YES)
    endif()
  endif()
endforeach()
end_suite()
file(WRITE "${LIST}" "${text}")
