# tests/fuzz/<name>.cpp, each with its LLVMFuzzerTestOneInput, becomes fuzz_<name> (clang only),
# linked to the readers of jobs and transcripts alone: clang 14 does not take all of our C++20.
add_custom_target(fuzzers)  # all of them, and nothing else
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/*.cpp")
foreach(fuzzer IN LISTS sources)
  get_filename_component(name "${fuzzer}" NAME_WE)
  add_executable(fuzz_${name} "${fuzzer}")
  target_link_libraries(fuzz_${name} PRIVATE troupe::segments troupe_flags)
  add_dependencies(fuzzers fuzz_${name})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
