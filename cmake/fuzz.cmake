# tests/fuzz/<name>.cpp, each with its LLVMFuzzerTestOneInput, becomes fuzz_<name> (clang only).
file(GLOB fuzzers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/*.cpp")
foreach(fuzzer IN LISTS fuzzers)
  get_filename_component(name "${fuzzer}" NAME_WE)
  add_executable(fuzz_${name} "${fuzzer}")
  target_link_libraries(fuzz_${name} PRIVATE troupe::pipeline troupe_flags)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
