// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace resnet {

/// Whether this is what a library's exception says where memory lacks. LibTorch has words of its own for it, by
/// allocator and device; and TorchScript makes a text of std::bad_alloc.
bool is_out_of_memory(std::string_view what);

}  // namespace resnet
