# Flags of every Hansard target, on one interface target.
add_library(hansard_options INTERFACE)
target_compile_features(hansard_options INTERFACE cxx_std_20)
target_compile_options(
  hansard_options
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -fno-omit-frame-pointer)
# A warning that a newer compiler knows must not break a user's build: an error
# is what it is in the builds that developers and CI make.
if(HANSARD_WERROR)
  target_compile_options(hansard_options INTERFACE -Werror)
endif()
# No path of the building machine in the program, and the same objects from a
# compiler cache for every checkout.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# GCC 12 sees overflows in inlined std::string and std::vector copies that are
# not there (gcc.gnu.org PR105329, PR105651): false alarms, off by name.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(
    hansard_options
    INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
              -Wno-stringop-overread -Wno-maybe-uninitialized)
  # In a unity build every source is an included file, and GCC takes what it
  # hides from other sources for a header's mistake.
  if(CMAKE_UNITY_BUILD)
    target_compile_options(hansard_options INTERFACE -Wno-subobject-linkage)
  endif()
endif()

# Debug information as line tables: full DWARF doubles the link time and the
# object size for little that a backtrace needs.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

# What makes a fault in memory an end instead of a way in. Sanitizers look
# closer, and _FORTIFY_SOURCE would hide what they intercept.
if(NOT HANSARD_SANITIZE)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  add_link_options(-Wl,-z,relro -Wl,-z,now)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
  endif()
  # It takes an optimisation of at least -O1.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
# libstdc++'s cheap checks of indices and preconditions, in the builds to work
# in.
add_compile_options($<$<CONFIG:Debug>:-D_GLIBCXX_ASSERTIONS>)

if(HANSARD_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Asio has fences, which ThreadSanitizer does not follow.
  add_compile_options(-Wno-tsan)
endif()
if(HANSARD_SANITIZE)
  add_compile_options(-fsanitize=${HANSARD_SANITIZE}
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HANSARD_SANITIZE})
endif()

find_program(HANSARD_CCACHE ccache)
if(HANSARD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache's manual asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      ${HANSARD_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

find_program(HANSARD_MOLD mold)
if(HANSARD_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
