# For CMake projects (3.16 or newer) whose allocator comes from a table:
#
#     find_package(poolgen 0.1 REQUIRED)    # or include(/path/to/poolgen-config.cmake)
#     add_executable(app main.c)
#     poolgen_generate(TARGET app TABLE pools.yaml)
#
# The tool is the one installed beside this file, else the one in PATH; -DPOOLGEN_EXECUTABLE=FILE
# takes another. Nothing of poolgen is linked: what it emits is compiled into the target.
#
# To compile for another machine: poolgen runs on this one, whatever the toolchain file says of programs, and the
# table's `target` says where its output may run (`[posix, windows]` serves both). A toolchain file that looks for
# packages in the other machine's folders alone (CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY) hides this one:
# find_package(poolgen REQUIRED NO_CMAKE_FIND_ROOT_PATH).
cmake_policy(PUSH)
cmake_policy(VERSION 3.16)

find_program(POOLGEN_EXECUTABLE poolgen
             HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
             NO_CMAKE_FIND_ROOT_PATH
             DOC "the generator of pool allocators")
if(NOT POOLGEN_EXECUTABLE)
  set(poolgen_FOUND FALSE)
  set(poolgen_NOT_FOUND_MESSAGE "no poolgen in PATH: set POOLGEN_EXECUTABLE")
  cmake_policy(POP)
  return()
endif()

# The allocator is C, also in a project of C++. A language cannot be enabled inside a function.
get_property(poolgen_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if(NOT "C" IN_LIST poolgen_languages AND NOT CMAKE_CURRENT_FUNCTION)
  enable_language(C)
endif()

# poolgen_generate(TARGET <target> TABLE <table.yaml> [OUTPUT <stem.c>] [OPTIONS <option>...])
#
# Adds the emitted sources to the target, and their folder to its include directories and to those of
# whoever links it. OUTPUT is relative to the build folder and allocator.c by default; OPTIONS are
# passed on to poolgen (`--prefix NAME`). The allocator is emitted again when the table or poolgen
# changes, or one of its files is gone. The target may be of another folder (CMake 3.18 or newer).
function(poolgen_generate)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;TABLE;OUTPUT" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "poolgen_generate: unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(needed TARGET TABLE)
    if(NOT arg_${needed})
      message(FATAL_ERROR "poolgen_generate: ${needed} is missing")
    endif()
  endforeach()
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(NOT "C" IN_LIST languages)
    message(FATAL_ERROR "poolgen_generate: the allocator is C: project(${PROJECT_NAME} LANGUAGES C ...)")
  endif()
  if(NOT arg_OUTPUT)
    set(arg_OUTPUT allocator.c)
  endif()
  get_filename_component(table "${arg_TABLE}" ABSOLUTE)
  get_filename_component(source "${arg_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  get_filename_component(folder "${source}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")

  # Which front ends there are is the table's to say: another table may mean other files.
  execute_process(COMMAND "${POOLGEN_EXECUTABLE}" ${arg_OPTIONS} -o "${source}" --list-outputs "${table}"
                  OUTPUT_VARIABLE outputs OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "poolgen_generate: ${arg_TABLE} is not a good table")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${table}")
  string(REPLACE "\n" ";" outputs "${outputs}")
  list(REMOVE_ITEM outputs "${source}")

  # The source is replaced at every run. The others keep their time when their bytes are the same,
  # so they are by-products: nothing is compiled for nothing.
  add_custom_command(OUTPUT "${source}" BYPRODUCTS ${outputs}
                     COMMAND "${POOLGEN_EXECUTABLE}" -q ${arg_OPTIONS} -o "${source}" "${table}"
                     DEPENDS "${table}" "${POOLGEN_EXECUTABLE}"
                     COMMENT "Emitting ${arg_OUTPUT} from ${arg_TABLE}" VERBATIM)

  # A command belongs to its folder, and the target may be of another: a target of the same folder
  # stands between them.
  string(MAKE_C_IDENTIFIER "poolgen_${arg_TARGET}_${arg_OUTPUT}" name)
  add_custom_target(${name} DEPENDS "${source}")
  add_dependencies(${arg_TARGET} ${name})

  # Makefiles do not miss a by-product: let them miss the source for it.
  if(CMAKE_GENERATOR MATCHES "Makefiles")
    set(script "${CMAKE_CURRENT_BINARY_DIR}/${name}.cmake")
    file(WRITE "${script}" "foreach(file IN ITEMS")
    foreach(file IN LISTS outputs)
      file(APPEND "${script}" " [==[${file}]==]")
    endforeach()
    file(APPEND "${script}" ")\n  if(NOT EXISTS \"\${file}\")\n    file(REMOVE [==[${source}]==])\n"
                            "  endif()\nendforeach()\n")
    add_custom_target(${name}_missing COMMAND "${CMAKE_COMMAND}" -P "${script}" VERBATIM)
    add_dependencies(${name} ${name}_missing)
  endif()

  # It is compiled by itself: neither with others in one unit, nor after headers of C++ or of theirs.
  set(place)
  if(NOT CMAKE_VERSION VERSION_LESS 3.18)
    set(place TARGET_DIRECTORY ${arg_TARGET})
  endif()
  set_source_files_properties("${source}" ${outputs} ${place} PROPERTIES
                              GENERATED ON SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${arg_TARGET} PRIVATE "${source}" ${outputs})
  target_include_directories(${arg_TARGET} PUBLIC "$<BUILD_INTERFACE:${folder}>")
endfunction()

cmake_policy(POP)
