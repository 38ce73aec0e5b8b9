# SPDX-License-Identifier: MIT
# Finds LibTorch. What is wrong with one that does not fit is said here, with the cure: LibTorch's own CMake files would
# fail later, in their words.

set(torch_minimum 2.13)
set(torch_cure "Let `./run` fetch one (without CMAKE_PREFIX_PATH, and without an older .deps), or name one: CMAKE_PREFIX_PATH=/path/to/libtorch")

# No LibTorch has version 9999: so CMake lists the ones it sees, and runs none of their files yet.
find_package(Torch 9999 QUIET)
set(torch_config "")
foreach(config version IN ZIP_LISTS Torch_CONSIDERED_CONFIGS Torch_CONSIDERED_VERSIONS)
  if(NOT torch_config AND version VERSION_GREATER_EQUAL torch_minimum)
    set(torch_config ${config})
  endif()
endforeach()
if(NOT torch_config AND Torch_CONSIDERED_CONFIGS)
  list(GET Torch_CONSIDERED_CONFIGS 0 torch_config)
  list(GET Torch_CONSIDERED_VERSIONS 0 version)
  message(FATAL_ERROR "LibTorch ${version} is too old (${torch_config}), "
    "expected ${torch_minimum} or newer. ${torch_cure}")
elseif(NOT torch_config)
  message(FATAL_ERROR "LibTorch was not found, expected ${torch_minimum} or newer. ${torch_cure}")
endif()
cmake_path(GET torch_config PARENT_PATH torch_folder)
cmake_path(SET torch_root NORMALIZE ${torch_folder}/../../..)
# Of which that search has made Torch_DIR-NOTFOUND; `run` asks the cache which LibTorch this build is for.
set(Torch_DIR ${torch_folder} CACHE PATH "The folder of the TorchConfig.cmake" FORCE)

if(EXISTS ${torch_root}/lib/libtorch_cuda.so)
  # What pip brings to most machines. LibTorch's own CMake files would now ask for the CUDA toolkit; but that is for those
  # who compile CUDA code, which nobody does here. So its libraries are named without them, and those for the GPU, which
  # take seconds and gigabytes to load, only where a driver is.
  find_library(RESNET_CUDA_DRIVER NAMES libcuda.so.1)
  add_library(resnet_torch INTERFACE)
  target_include_directories(resnet_torch SYSTEM INTERFACE
    ${torch_root}/include ${torch_root}/include/torch/csrc/api/include)
  target_compile_definitions(resnet_torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO)
  target_link_libraries(resnet_torch INTERFACE ${torch_root}/lib/libtorch_cpu.so ${torch_root}/lib/libc10.so)
  if(RESNET_CUDA_DRIVER OR RESNET_REQUIRE_CUDA)
    target_compile_definitions(resnet_torch INTERFACE USE_C10D_NCCL)
    # They register themselves when they are loaded: no symbol of theirs is asked for.
    target_link_libraries(resnet_torch INTERFACE "-Wl,--push-state,--no-as-needed"
      ${torch_root}/lib/libtorch_cuda.so ${torch_root}/lib/libc10_cuda.so "-Wl,--pop-state")
  endif()
  set(TORCH_LIBRARIES resnet_torch)
elseif(RESNET_REQUIRE_CUDA)
  message(FATAL_ERROR "LibTorch in ${torch_root} is a CPU build, expected one for CUDA; set CMAKE_PREFIX_PATH to one")
else()
  # The wheel asks for a static kineto that it does not ship, and warns about it each time: nothing here needs it.
  find_library(kineto_LIBRARY kineto PATHS ${torch_root}/lib)
  if(NOT kineto_LIBRARY)
    set(kineto_LIBRARY ${torch_root}/lib/libc10.so)
  endif()
  find_package(Torch ${torch_minimum} REQUIRED)
endif()

# One OpenMP runtime in a process: LibTorch brings its libgomp and wins, as both have the same soname. CMake's own
# OpenMP target names the compiler's library by its path, and CMake then warns that it cannot order the two.
add_library(resnet_openmp INTERFACE)
target_compile_options(resnet_openmp INTERFACE -fopenmp)
target_link_options(resnet_openmp INTERFACE -fopenmp)
