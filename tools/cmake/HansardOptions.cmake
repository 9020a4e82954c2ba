# Flags of every Hansard target, on one interface target.
add_library(hansard_options INTERFACE)
target_compile_features(hansard_options INTERFACE cxx_std_20)
target_compile_options(
  hansard_options
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Werror
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -fno-omit-frame-pointer)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# GCC 12 sees overflows in inlined std::string and std::vector copies that are
# not there (gcc.gnu.org PR105329, PR105651): false alarms, off by name.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(
    hansard_options
    INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
              -Wno-stringop-overread -Wno-maybe-uninitialized)
endif()

# Debug information as line tables: full DWARF doubles the link time and the
# object size for little that a backtrace needs.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

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
