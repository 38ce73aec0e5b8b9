// SPDX-License-Identifier: MIT
#include "core/sync_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace resnet {

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace resnet
