// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/file.hpp"
#include "support/temp_folder.hpp"

/// What a call writes to standard error, which is a file meanwhile and no terminal.
template <typename Call>
std::string standard_error_of(Call call) {
  const TempFolder folder;
  const std::string path = folder.path() / "stderr";
  std::fflush(stderr);
  const int saved = ::dup(STDERR_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(file, STDERR_FILENO);
  call();
  std::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  ::close(file);
  ::close(saved);
  return resnet::read_file(path);
}
