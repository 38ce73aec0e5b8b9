// SPDX-License-Identifier: MIT
// Pickles, and what a state_dict's reader makes of them.
#include "format/torch_pickle.hpp"
#include "fuzz/fuzz_target.hpp"
#include "support/pickle_bytes.hpp"

namespace {

using namespace std::string_literals;

/// Looks at every byte of every array: a view that reaches too far is for ASan to see.
void read(const std::string& bytes) {
  const std::string first(64, 'a');
  const std::string second(16, 'b');
  const resnet::Pickle pickle = resnet::read_pickle(bytes, "fuzz");
  volatile unsigned sum = 0;
  for (const auto& array : resnet::read_state_dict(pickle, {{"0", first}, {"1", second}}, "fuzz")) {
    for (const char byte : array.bytes) sum = sum + static_cast<unsigned char>(byte);
  }
  resnet::storage_claims(pickle, "fuzz");
}

}  // namespace

std::vector<std::string> seed_inputs() {
  using namespace pickle_bytes;
  const std::string weight = tensor(storage("FloatStorage", "0", 16), 2, {2, 3}, {4, 1});
  const std::string count = tensor(storage("LongStorage", "1", 2), 1, {}, {});
  const std::string part = tuple({text("0x7f"), integer(4), integer(6)});
  const std::string old = early_tensor(storage("FloatStorage", "0", 16, part), 1, {5}, {1});
  const std::string arguments =
      global("argparse", "Namespace") + ")\x81" + dict({{"lr", "G?\xb9\x99\x99\x99\x99\x99\x9a"s}}) + "b";
  const std::string dtype = call(global("numpy", "dtype"), {text("U2"), "\x89"s, "\x88"s}) +
                            tuple({"K\x03", text("<"), "N", "N", "N", "K\x08", "K\x04", "K\x08"}) + "b";
  const std::string empty = call(global("copy_reg", "_reconstructor"),
                                 {global("argparse", "Namespace"), global("__builtin__", "object"), "N"});
  return {
      whole(dict(
          {{"d", dtype}, {"e", empty}, {"t", global("torch", "Tensor") + ")}\x92"}, {"model", dict({{"w", weight}})}})),
      whole(ordered_dict({{"w", weight}, {"n", count}})),
      whole(dict({{"epoch", "K\x07"}, {"state_dict", ordered_dict({{"w", parameter(weight)}})}, {"args", arguments}})),
      whole(dict({{"a", old}, {"b", dict({{"c", count}})}, {"d", tuple({"K\x01", "K\x02", "]"})}})),
      // Python's own, of protocol 0 and 4: a list of everything, with memo
      "(dp0\nVa\np1\n(lp2\nI1\naL2147483648L\naI01\naNaF1.5\naVx\np3\nasVb\np4\n((tI3\ntp5\nsg4\ng5\nsccollections\n"
      "OrderedDict\np15\n(tRp16\nVk\np17\nI2\nss."s,
      "\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01w\x94]\x94("
      "K\x01J\xfe\xff\xff\xffM\x00\x01\x8a\x05\x00\x00"
      "\x00\x80\x00\x88\x89NG?\xf8\x00\x00\x00\x00\x00\x00"s
      "C\x02xye\x8c\x01z\x94(K\x01\x91\x8f\x94(K\x01\x90\x86\x8c\x0b"s
      "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94u."s};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read);
  return 0;
}
