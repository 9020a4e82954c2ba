# The house: folders in layers, and rooms inside of them.
#
# Includes are written from the repository's root, but the root is not on the
# include path. Each target sees a folder of links, its view, with only what it
# may include: an include that goes up the layers, or up or sideways between
# rooms, does not compile.
#
#   hansard_folder(actors [PATH <path>] GROUND reply.hpp …)
#     Begins a folder. GROUND: the headers beside its rooms that rooms may see.
#   hansard_room(session USES journal … SOURCES session.cpp … DEPS …
#                [HEADERS …] [GROUND …] [PCH <target>] [PURE])
#     A room: the sub-folder of that name. USES: rooms of this folder that it
#     may include, with all that these use. HEADERS: only for a room that has
#     rooms inside, what these may see of it. GROUND: less than the folder's.
#     PURE: no actors and no sockets; CAF and Asio do not compile in it.
#   hansard_library(NAME actors SOURCES controller.cpp … DEPS …)
#     Ends a folder: one static library of its own sources and its rooms'.
set(HANSARD_LAYERS events storage projections actors http tools)

# The folder of links of a target: whole folders.
function(hansard_view target)
  cmake_parse_arguments(ARG "" "" "FOLDERS" ${ARGN})
  set(view "${CMAKE_BINARY_DIR}/view/${target}")
  foreach(folder IN LISTS ARG_FOLDERS)
    hansard_link("${folder}" "${view}")
  endforeach()
  target_include_directories(${target} PRIVATE "${view}")
endfunction()

function(hansard_link path view)
  get_filename_component(parent "${view}/${path}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${path}" "${view}/${path}" SYMBOLIC)
endfunction()

# The layers below `folder`, lowest first.
function(hansard_layers_below folder out)
  set(layers)
  foreach(layer IN LISTS HANSARD_LAYERS)
    if(layer STREQUAL folder)
      break()
    endif()
    list(APPEND layers ${layer})
  endforeach()
  set(${out} ${layers} PARENT_SCOPE)
endfunction()

macro(hansard_folder name)
  cmake_parse_arguments(HANSARD_FOLDER "" "PATH" "GROUND" ${ARGN})
  set(HANSARD_FOLDER ${name})
  if(NOT HANSARD_FOLDER_PATH)
    set(HANSARD_FOLDER_PATH ${name})
  endif()
  set(HANSARD_FOLDER_ROOMS)
  hansard_layers_below(${name} HANSARD_FOLDER_BELOW)
endmacro()

function(hansard_room room)
  cmake_parse_arguments(ARG "PURE" "PCH" "USES;SOURCES;DEPS;HEADERS;GROUND"
                        ${ARGN})
  string(REPLACE "/" "_" id "${HANSARD_FOLDER}_${room}")
  set(target hansard_${id})
  if(NOT DEFINED ARG_GROUND AND NOT "GROUND" IN_LIST ARG_KEYWORDS_MISSING_VALUES)
    set(ARG_GROUND ${HANSARD_FOLDER_GROUND})
  endif()

  # What it may see: itself, the rooms that it uses, and all that these use.
  set(seen ${ARG_USES})
  foreach(used IN LISTS ARG_USES)
    get_property(more GLOBAL PROPERTY "HANSARD_SEEN_${HANSARD_FOLDER}/${used}")
    list(APPEND seen ${more})
  endforeach()
  list(REMOVE_DUPLICATES seen)
  set_property(GLOBAL PROPERTY "HANSARD_SEEN_${HANSARD_FOLDER}/${room}" ${seen})
  set_property(GLOBAL PROPERTY "HANSARD_HEADERS_${HANSARD_FOLDER}/${room}"
                               ${ARG_HEADERS})
  set(view "${CMAKE_BINARY_DIR}/view/${target}")
  # A link of an earlier configuration would let in what is shut out now.
  file(REMOVE_RECURSE "${view}")
  foreach(layer IN LISTS HANSARD_FOLDER_BELOW)
    hansard_link(${layer} "${view}")
  endforeach()
  foreach(header IN LISTS ARG_GROUND)
    hansard_link("${HANSARD_FOLDER_PATH}/${header}" "${view}")
  endforeach()
  foreach(one IN LISTS seen ITEMS ${room})
    get_property(headers GLOBAL PROPERTY
                 "HANSARD_HEADERS_${HANSARD_FOLDER}/${one}")
    if(headers)
      foreach(header IN LISTS headers)
        hansard_link("${HANSARD_FOLDER_PATH}/${one}/${header}" "${view}")
      endforeach()
    else()
      hansard_link("${HANSARD_FOLDER_PATH}/${one}" "${view}")
    endif()
  endforeach()
  if(ARG_PURE)
    file(COPY "${CMAKE_SOURCE_DIR}/tools/cmake/pure/" DESTINATION "${view}")
  endif()

  if(NOT ARG_SOURCES)
    return()
  endif()
  list(TRANSFORM ARG_SOURCES PREPEND "${room}/")
  add_library(${target} OBJECT ${ARG_SOURCES})
  target_link_libraries(${target} PUBLIC hansard_options ${ARG_DEPS})
  target_include_directories(${target} PRIVATE "${view}")
  if(ARG_PCH)
    target_precompile_headers(${target} REUSE_FROM ${ARG_PCH})
  endif()
  set(HANSARD_FOLDER_ROOMS ${HANSARD_FOLDER_ROOMS} ${target} PARENT_SCOPE)
endfunction()

function(hansard_library)
  cmake_parse_arguments(ARG "" "NAME;PCH" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  set(target hansard_${ARG_NAME})
  set(objects)
  foreach(room IN LISTS HANSARD_FOLDER_ROOMS)
    list(APPEND objects $<TARGET_OBJECTS:${room}>)
  endforeach()
  add_library(${target} STATIC ${ARG_SOURCES} ${objects})
  add_library(hansard::${ARG_NAME} ALIAS ${target})
  target_link_libraries(
    ${target}
    PUBLIC hansard_options ${ARG_DEPS}
    PRIVATE ${ARG_PRIVATE_DEPS})
  hansard_layers_below(${ARG_NAME} below)
  hansard_view(${target} FOLDERS ${below} ${ARG_NAME})
  if(ARG_PCH)
    target_precompile_headers(${target} REUSE_FROM ${ARG_PCH})
  endif()
endfunction()

# hansard_pch(<target> DEPS … HEADERS …): precompiled headers that rooms with
# the same DEPS share by PCH <target>.
function(hansard_pch target)
  cmake_parse_arguments(ARG "" "" "DEPS;HEADERS" ${ARGN})
  set(empty "${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp")
  if(NOT EXISTS "${empty}")
    file(WRITE "${empty}" "// For the precompiled headers of ${target}.\n")
  endif()
  add_library(${target} OBJECT "${empty}")
  target_link_libraries(${target} PUBLIC hansard_options ${ARG_DEPS})
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
endfunction()
