// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "format/array.hpp"

namespace resnet {

/// What a safetensors file holds: dense arrays in order, and a few words about them.
struct Safetensors {
  std::vector<NamedArray> arrays;
  std::map<std::string, std::string> metadata;
};

/// Reads the bytes of a safetensors file, of which the arrays are views. Every size in it is checked against the bytes
/// before it is believed. Its memory is linear in the bytes.
///
/// Throws   Error, which begins with `what` and names the fault, for anything that is not one, and for a header of more
///          than 100 MB, as the format's own library has it.
Safetensors read_safetensors(std::string_view bytes, const std::string& what);

/// The bytes of a safetensors file: equal content gives equal bytes. The arrays must be dense.
///
/// Throws   Error, which begins with `what`, if a name or a word of the metadata is not UTF-8 (core/utf8.hpp), or all
///          of them make a header that cannot be read again.
std::string write_safetensors(const Safetensors& content, const std::string& what);

}  // namespace resnet
