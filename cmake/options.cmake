# SPDX-License-Identifier: MIT
# How our own code is compiled; packages are not: their headers are system headers, which do not warn.
add_library(resnet_options INTERFACE)
target_compile_options(resnet_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wcast-qual
  -Wconversion -Wno-sign-conversion  # LibTorch counts in int64_t, the standard library in size_t: sign casts would be noise
  -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough -Wundef -Wunused)

option(RESNET_WARNINGS_AS_ERRORS "Stop at the first warning in our own code" OFF)
if(RESNET_WARNINGS_AS_ERRORS)
  target_compile_options(resnet_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(resnet_options INTERFACE -Wno-restrict)  # sees ghosts in "a" + std::string (its bug 105651)
endif()

# Wherever a kernel is compiled. SSE4 is on every machine that has SSSE3, near enough; the kernels keep arrays of
# vectors, which SVE's cannot be in.
set(RESNET_SIMD_DEFINITION "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")

option(RESNET_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(RESNET_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${sanitizers})
  add_link_options(${sanitizers})
  # At addresses of its own choice a program may lie where GCC's AddressSanitizer keeps its memory, and then does not
  # start: Linux moves it by up to 32 bits on some distributions.
  add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
endif()

option(RESNET_LIBFUZZER "Build tests/fuzz with clang's libFuzzer" OFF)

# ccache, where there is one, sees paths relative to the project: so a clone in another folder finds what this one built.
# It asks to be lax about times and macros before it takes a precompiled header.
find_program(RESNET_CCACHE ccache)
if(RESNET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_SLOPPINESS=pch_defines,time_macros ${RESNET_CCACHE})
endif()
