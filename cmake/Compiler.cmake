# How our own code is compiled: warnings, sanitizers, cache, linker. Targets take it by linking rialto_compiler.

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for when precompiled headers are in use.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

# Dev: quick to build, stack traces with lines, assertions on. FORCE, as CMake has made an empty entry by now.
set(CMAKE_CXX_FLAGS_DEV "-O0 -g1" CACHE STRING "" FORCE)
set(CMAKE_C_FLAGS_DEV "-O0 -g1" CACHE STRING "" FORCE)
# Optimized, g++ 12 sees std::string leave its bounds, and the value of a Result<void> that holds none used, where neither
# happens (its bugs 105651 and 80635).
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized"
    CACHE STRING "" FORCE)

add_library(rialto_compiler INTERFACE)
target_include_directories(rialto_compiler INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(rialto_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wcast-qual
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -fpch-preprocess lets ccache see through a precompiled header.
  target_compile_options(rialto_compiler INTERFACE -fpch-preprocess)
endif()

if(RIALTO_SANITIZE)
  add_compile_options(-fsanitize=${RIALTO_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RIALTO_SANITIZE})
  if(RIALTO_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan) # Asio uses fences, which ThreadSanitizer does not model
  else()
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

if(RIALTO_FUZZ)
  # Everything is instrumented, so that the fuzzer sees the code it is to find its way through.
  add_compile_options(-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_compile_options(-fno-sanitize=function) # clang 14 can't compile coroutines with it
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()
