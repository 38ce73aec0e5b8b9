// SPDX-License-Identifier: MIT
// Files of torch.save, in their zip form, their old form and their first one.
#include "format/torch_file.hpp"

#include "fuzz/fuzz_target.hpp"
#include "support/pickle_bytes.hpp"
#include "support/tar_bytes.hpp"
#include "support/zip_bytes.hpp"

namespace {

void look_at(const resnet::TorchFile& file) {
  volatile unsigned sum = 0;
  for (const auto& array : file.arrays) {
    for (const char byte : array.bytes) sum = sum + static_cast<unsigned char>(byte);
  }
}

void read(const std::string& bytes) { look_at(resnet::read_torch_file(bytes, "fuzz")); }

}  // namespace

std::vector<std::string> seed_inputs() {
  using namespace pickle_bytes;
  const std::string numbers = "0123456789abcdef";
  const std::string object = ordered_dict({{"w", tensor(storage("FloatStorage", "94", 4), 0, {2, 2}, {1, 2})},
                                           {"n", tensor(storage("LongStorage", "95", 1), 0, {}, {})}});
  // Names in the middle of a zip are reached by changes only if its checksums are not: one entry is empty, one
  // deflated.
  const std::string zip = zip_bytes::zip({{"net/data.pkl", whole(object)},
                                          {"net/data/94", numbers},
                                          {"net/data/95", std::string("\x4b\x04\x02\x00\x00", 5), 8, "aaaaaaaa"},
                                          {"net/version", ""}});
  const std::string first = ordered_dict({{"w", tar_bytes::tensor_beside(21)},
                                          {"t", tar_bytes::tensor_beside(22)},
                                          {"part", tar_bytes::tensor_beside(24)}});
  const std::vector<resnet::NamedArray> arrays = {
      {"w", resnet::Dtype::kFloat32, {2, 2}, {2, 1}, numbers},
      {"n", resnet::Dtype::kInt64, {}, {}, std::string_view(numbers).substr(8)}};
  return {
      tar_bytes::tar(tar_bytes::first_form(first, numbers)), zip, resnet::write_torch_file(arrays),
      old_file(object, {{"94", 4, numbers}, {"95", 1, numbers.substr(8)}}),
      old_file(dict({{"state_dict", object}, {"epoch", "K\x07"}}), {{"95", 1, numbers.substr(8)}, {"94", 4, numbers}})};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read);
  return 0;
}
