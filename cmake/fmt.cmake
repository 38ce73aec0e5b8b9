# SPDX-License-Identifier: MIT
# fmt, the installed one in every file. LibTorch's wheel ships the headers of a newer fmt, and no library to link them with;
# they would be found first, as compilers search /usr/include last. So a folder that holds the installed headers alone, a
# link, is named before LibTorch's.
find_package(fmt REQUIRED)
add_library(resnet_fmt INTERFACE)
target_link_libraries(resnet_fmt INTERFACE fmt::fmt)
get_target_property(fmt_folders fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
foreach(folder IN LISTS fmt_folders)
  if(folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fmt)
    file(CREATE_LINK ${folder}/fmt ${PROJECT_BINARY_DIR}/fmt/fmt SYMBOLIC)
    target_include_directories(resnet_fmt SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/fmt)
  endif()
endforeach()
