# Debian's libcjose-dev has a pkg-config file that asks for jansson's headers,
# which cjose's own do not include. Defines Cjose::cjose.
find_path(CJOSE_INCLUDE_DIR cjose/cjose.h)
find_library(CJOSE_LIBRARY cjose)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Cjose REQUIRED_VARS CJOSE_LIBRARY CJOSE_INCLUDE_DIR)

if(CJOSE_FOUND AND NOT TARGET Cjose::cjose)
  add_library(Cjose::cjose SHARED IMPORTED)
  set_target_properties(
    Cjose::cjose
    PROPERTIES IMPORTED_LOCATION "${CJOSE_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${CJOSE_INCLUDE_DIR}")
endif()
mark_as_advanced(CJOSE_INCLUDE_DIR CJOSE_LIBRARY)
