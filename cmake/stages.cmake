# Warnings and sanitizers of our own code, in one place.
add_library(troupe_flags INTERFACE)
target_compile_options(troupe_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion
                                              -Wno-sign-conversion -Werror=return-type)
if(TROUPE_SANITIZE)
  add_compile_options(-fsanitize=${TROUPE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TROUPE_SANITIZE})
endif()

# troupe_stage(name USES <other folders> LINK <third parties> EXCLUDE <files>)
# makes troupe_<name> (alias troupe::<name>) of src/<name>/**.cpp.
function(troupe_stage name)
  cmake_parse_arguments(arg "" "" "USES;LINK;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
  foreach(file IN LISTS arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "/${file}$")
  endforeach()
  list(TRANSFORM arg_USES PREPEND "troupe::")
  if(sources)
    add_library(troupe_${name} STATIC ${sources})
    target_include_directories(troupe_${name} PUBLIC "${CMAKE_SOURCE_DIR}/include"
                                                     "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(troupe_${name} PUBLIC ${arg_USES} PRIVATE troupe_flags ${arg_LINK})
  else()
    add_library(troupe_${name} INTERFACE)
    target_include_directories(troupe_${name} INTERFACE "${CMAKE_SOURCE_DIR}/include"
                                                        "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(troupe_${name} INTERFACE ${arg_USES})
  endif()
  add_library(troupe::${name} ALIAS troupe_${name})
endfunction()
