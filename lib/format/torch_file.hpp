// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/array.hpp"
#include "format/zip.hpp"

namespace resnet {

/// The state_dict of a file that Python's torch.save wrote.
struct TorchFile {
  std::vector<NamedArray> arrays;                         ///< In the order of the state_dict.
  std::shared_ptr<const std::vector<ZipEntry>> unpacked;  ///< What the arrays of a zip look into; else null.
};

/// Whether the bytes begin as a file of torch.save does: in its zip form (PyTorch 1.6 and later), its old one, or its
/// first one of 2016, a tar, which torchvision's first weights have (resnet18-5c106cde.pth).
bool begins_as_torch_file(std::string_view bytes);

/// Whether there is a file that begins so. It is not read further.
bool is_torch_file(const std::filesystem::path& file);

/// Reads such a file, a state_dict or a training checkpoint, without running any of it; see format/torch_pickle.hpp.
///
/// The arrays of a file that is no zip are views of `bytes`.
///
/// Throws   Error, which begins with `what`, for anything that is not one, is cut off, comes from a big-endian machine,
///          or claims a storage of another size than it has; and for an exported program of TorchScript.
TorchFile read_torch_file(std::string_view bytes, const std::string& what);

/// The bytes of a file, in the zip form, that Python's torch.load(weights_only=True) reads as an OrderedDict of these
/// arrays, which must be dense. Equal arrays give equal bytes.
std::string write_torch_file(const std::vector<NamedArray>& arrays);

}  // namespace resnet
