// SPDX-License-Identifier: MIT
// Safetensors files.
#include "format/safetensors.hpp"

#include "fuzz/fuzz_target.hpp"
#include "support/pickle_bytes.hpp"

namespace {

void read(const std::string& bytes) {
  volatile unsigned sum = 0;
  for (const auto& array : resnet::read_safetensors(bytes, "fuzz").arrays) {
    for (const char byte : array.bytes) sum = sum + static_cast<unsigned char>(byte);
  }
}

std::string file(const std::string& header, const std::string& data) {
  return pickle_bytes::little_endian(std::uint64_t{header.size()}) + header + data;
}

}  // namespace

std::vector<std::string> seed_inputs() {
  return {file(R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", "0123456789abcdef"),
          file(R"({"__metadata__":{"step":"7"},"a":{"dtype":"I64","shape":[],"data_offsets":[8,16]},)"
               R"("b":{"dtype":"U8","shape":[2,4,1],"data_offsets":[0,8]},)"
               R"("c":{"dtype":"BF16","shape":[0,4611686018427387904],"data_offsets":[16,16]}})",
               "0123456789abcdef"),
          file(R"({"w":[[[{"a":[1,-1.5e300,true,null,"\u00fc\n"]}]]]})", "")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read);
  return 0;
}
