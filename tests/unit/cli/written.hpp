// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/file.hpp"
#include "support/temp_folder.hpp"

/// What a call writes to the descriptor, which is a file meanwhile and no terminal.
template <typename Call>
std::string written_to(int descriptor, Call call) {
  const TempFolder folder;
  const std::string path = folder.path() / "file";
  std::fflush(nullptr);
  const int saved = ::dup(descriptor);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(file, descriptor);
  call();
  std::fflush(nullptr);
  ::dup2(saved, descriptor);
  ::close(file);
  ::close(saved);
  return resnet::read_file(path);
}

template <typename Call>
std::string standard_error_of(Call call) {
  return written_to(STDERR_FILENO, call);
}
