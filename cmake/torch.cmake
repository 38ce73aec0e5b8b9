# SPDX-License-Identifier: MIT
# Finds LibTorch. What is wrong with one that does not fit is said here, with the cure: LibTorch's own CMake files would
# fail later, in their words.

set(torch_minimum 2.13)
set(torch_cure "Let `./run` fetch one (`./run tests`), or name one: CMAKE_PREFIX_PATH=/path/to/libtorch")

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

if(EXISTS ${torch_root}/lib/libtorch_cuda.so)
  # LibTorch's files look for the toolkit here too, but CMake's own search for the compiler does not.
  find_program(RESNET_NVCC nvcc PATH_SUFFIXES bin
    HINTS $ENV{CUDACXX} ${CMAKE_CUDA_COMPILER} ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda)
  if(NOT RESNET_NVCC AND NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    message(FATAL_ERROR "LibTorch in ${torch_root} is built for CUDA, but the CUDA toolkit (nvcc) is not here, and this "
      "LibTorch cannot be linked without it. One of these helps:\n"
      "  - use a CPU build: unpack PyTorch's LibTorch zip for CPU and set CMAKE_PREFIX_PATH=/path/to/libtorch\n"
      "  - let pip take the CPU build: set PIP_EXTRA_INDEX_URL to the address that PyTorch's 'Get started' page shows for "
      "pip and CPU, then remove .deps and call ./run again, or reinstall the torch that is yours\n"
      "  - install the CUDA toolkit of that version, and put nvcc into PATH")
  endif()
  if(RESNET_NVCC AND NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    set(CMAKE_CUDA_COMPILER ${RESNET_NVCC})
  endif()
elseif(RESNET_REQUIRE_CUDA)
  message(FATAL_ERROR "LibTorch in ${torch_root} is a CPU build, expected one for CUDA; set CMAKE_PREFIX_PATH to one")
endif()

# The wheel asks for a static kineto that it does not ship, and warns about it each time: nothing here needs it.
find_library(kineto_LIBRARY kineto PATHS ${torch_root}/lib)
if(NOT kineto_LIBRARY)
  set(kineto_LIBRARY ${torch_root}/lib/libc10.so)
endif()
find_package(Torch ${torch_minimum} REQUIRED PATHS ${torch_folder} NO_DEFAULT_PATH)

# One OpenMP runtime in a process: LibTorch brings its libgomp and wins, as both have the same soname. CMake's own
# OpenMP target names the compiler's library by its path, and CMake then warns that it cannot order the two.
add_library(resnet_openmp INTERFACE)
target_compile_options(resnet_openmp INTERFACE -fopenmp)
target_link_options(resnet_openmp INTERFACE -fopenmp)
