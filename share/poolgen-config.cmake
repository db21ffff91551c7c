# For CMake projects whose allocator comes from a table:
#
#     find_package(poolgen REQUIRED)        # or include(/path/to/poolgen-config.cmake)
#     add_executable(app main.c)
#     poolgen_generate(TARGET app TABLE pools.yaml)
#
# The tool is the one installed beside this file, else the one in PATH; -DPOOLGEN_EXECUTABLE=FILE
# takes another. Nothing of poolgen is linked: what it emits is compiled into the target.

find_program(POOLGEN_EXECUTABLE poolgen
             HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
             DOC "the generator of pool allocators")
if(NOT POOLGEN_EXECUTABLE)
  set(poolgen_FOUND FALSE)
  set(poolgen_NOT_FOUND_MESSAGE "no poolgen in PATH: set POOLGEN_EXECUTABLE")
  return()
endif()

# poolgen_generate(TARGET <target> TABLE <table.yaml> [OUTPUT <stem.c>] [OPTIONS <option>...])
#
# Adds the emitted sources to the target, and their folder to its include directories. OUTPUT is
# relative to the build folder and allocator.c by default; OPTIONS are passed on to poolgen
# (`--prefix NAME`). The allocator is emitted again when the table or poolgen changes.
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
  target_sources(${arg_TARGET} PRIVATE "${source}" ${outputs})
  target_include_directories(${arg_TARGET} PRIVATE "${folder}")
endfunction()
