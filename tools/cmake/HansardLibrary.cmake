# hansard_library(NAME <folder> SOURCES … HEADERS … DEPS … [PRIVATE_DEPS …]
#                 [PCH <header>…])
#
# A folder of the architecture as one target: hansard_<folder>, alias
# hansard::<folder>. Includes are written from the repository's root, but the
# root is not on the include path: each target sees a folder of links that
# holds itself and the folders it links, so an include that goes up the layers
# does not compile.
set(HANSARD_LAYERS events storage projections actors http tools)

function(hansard_view target)
  cmake_parse_arguments(ARG "" "" "FOLDERS" ${ARGN})
  set(view "${CMAKE_BINARY_DIR}/view/${target}")
  file(MAKE_DIRECTORY "${view}")
  foreach(folder IN LISTS ARG_FOLDERS)
    file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${folder}" "${view}/${folder}"
         SYMBOLIC)
  endforeach()
  target_include_directories(${target} PRIVATE "${view}")
endfunction()

# The layers up to and including `folder`, lowest first.
function(hansard_layers_up_to folder out)
  set(layers)
  foreach(layer IN LISTS HANSARD_LAYERS)
    list(APPEND layers ${layer})
    if(layer STREQUAL folder)
      break()
    endif()
  endforeach()
  set(${out} ${layers} PARENT_SCOPE)
endfunction()

function(hansard_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;HEADERS;DEPS;PRIVATE_DEPS;PCH"
                        ${ARGN})
  set(target hansard_${ARG_NAME})
  add_library(${target} STATIC ${ARG_SOURCES} ${ARG_HEADERS})
  add_library(hansard::${ARG_NAME} ALIAS ${target})
  target_link_libraries(
    ${target}
    PUBLIC hansard_options ${ARG_DEPS}
    PRIVATE ${ARG_PRIVATE_DEPS})
  hansard_layers_up_to(${ARG_NAME} layers)
  hansard_view(${target} FOLDERS ${layers})
  if(ARG_PCH)
    target_precompile_headers(${target} PRIVATE ${ARG_PCH})
  endif()
endfunction()
