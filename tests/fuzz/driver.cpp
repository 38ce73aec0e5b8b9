// SPDX-License-Identifier: MIT
// Gives a fuzz target inputs that are sound ones changed at random, where there is no libFuzzer:
//
//   fuzz_NAME [INPUTS [SEED [FIRST]]]    10,000 inputs of seed 1; input i is a function of seed and i
//   fuzz_NAME --seeds FOLDER             writes the sound inputs as files: a corpus for libFuzzer
//
// What ends the process, a hang too, is followed by the number of the input: `fuzz_NAME 1 SEED NUMBER` shows it alone.
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz_target.hpp"
#include "support/pickle_bytes.hpp"

namespace {

constexpr unsigned kSecondsForOne = 20;  // a thousand times what the slowest takes; the machine may be busy
constexpr std::size_t kLongestInput = 1 << 14;

std::uint64_t seed = 1;
std::uint64_t number = 0;

/// A random whole number below `end`, and 0 if that is 0. By hand: the standard distributions differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t key) : bits_(key) {}
  std::size_t below(std::size_t end) { return end == 0 ? 0 : bits_() % end; }

 private:
  std::mt19937_64 bits_;
};

/// The places where readers err: ends of ranges, lengths one too many, and the opcodes' favourite bytes.
std::string interesting(Random& random) {
  constexpr std::array<std::int64_t, 18> kNumbers = {
      0, 1, 2, -1, 7, 8, 16, 64, 127, 128, 255, 256, 1 << 15, 1 << 16, 1U << 31U, 1LL << 32U, INT64_MAX, INT64_MIN};
  const std::string bytes = pickle_bytes::little_endian(kNumbers[random.below(kNumbers.size())]);
  const std::array<std::size_t, 4> widths = {1, 2, 4, 8};
  return bytes.substr(0, widths[random.below(widths.size())]);
}

/// Numbers in JSON are text.
std::string interesting_text(Random& random) {
  const std::vector<std::string> texts = {
      "0", "-1", "1",  "4",    "16",  "9223372036854775807", "18446744073709551615", "1e9", "[", "]", "{", "}", "\"",
      ",", ":",  "\n", "null", "true"};
  return texts[random.below(texts.size())];
}

std::string piece_of(const std::string& bytes, Random& random) {
  const std::size_t start = random.below(bytes.size());
  return bytes.substr(start, 1 + random.below(random.below(4) == 0 ? bytes.size() : 32));
}

void change(std::string& bytes, const std::vector<std::string>& seeds, Random& random) {
  const std::size_t at = random.below(bytes.size() + 1);
  switch (random.below(9)) {
    case 0:  // one bit
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
      break;
    case 1:  // one byte
      if (at < bytes.size()) bytes[at] = static_cast<char>(random.below(256));
      break;
    case 2: {  // an interesting number over what stands there
      const std::string number_bytes = interesting(random);
      bytes.replace(at, number_bytes.size(), number_bytes);
      break;
    }
    case 3:
      bytes.insert(at, random.below(2) == 0 ? interesting(random) : interesting_text(random));
      break;
    case 4:  // the end, or a piece, is lost
      bytes.erase(at, random.below(3) == 0 ? std::string::npos : 1 + random.below(16));
      break;
    case 5:  // a piece stands there again, once or many times
      for (std::size_t i = 0, times = 1 + random.below(random.below(8) == 0 ? 64 : 2); i < times; ++i) {
        bytes.insert(std::min(at, bytes.size()), piece_of(bytes, random));
        if (bytes.size() > kLongestInput) break;
      }
      break;
    case 6:  // a piece of another sound input
      bytes.insert(at, piece_of(seeds[random.below(seeds.size())], random));
      break;
    case 7: {  // one piece over another
      const std::string piece = piece_of(bytes, random);
      bytes.replace(at, piece.size(), piece);
      break;
    }
    default: {  // two inputs spliced
      const std::string& other = seeds[random.below(seeds.size())];
      bytes = bytes.substr(0, at) + other.substr(random.below(other.size() + 1));
      break;
    }
  }
  if (bytes.size() > kLongestInput) bytes.resize(kLongestInput);
}

std::string input(const std::vector<std::string>& seeds) {
  Random random(seed * 0x9e3779b97f4a7c15U + number);
  std::string bytes = seeds[random.below(seeds.size())];
  for (std::size_t i = 0, changes = random.below(random.below(4) == 0 ? 32 : 5); i < changes; ++i) {
    change(bytes, seeds, random);
  }
  return bytes;
}

void name_input() {
  std::fprintf(stderr, "at input %llu of seed %llu\n", static_cast<unsigned long long>(number),
               static_cast<unsigned long long>(seed));
}

int write_seeds(const std::string& folder) {
  int count = 0;
  for (const std::string& bytes : seed_inputs()) {
    std::ofstream(folder + "/seed" + std::to_string(count++), std::ios::binary) << bytes;
  }
  return 0;
}

std::uint64_t argument(int argc, char** argv, int index, std::uint64_t otherwise) {
  return index < argc ? std::strtoull(argv[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--seeds") return write_seeds(argv[2]);
  const std::uint64_t inputs = argument(argc, argv, 1, 10'000);
  seed = argument(argc, argv, 2, 1);
  const std::uint64_t first = argument(argc, argv, 3, 0);
  __sanitizer_set_death_callback(name_input);
  std::signal(SIGALRM, [](int) { std::abort(); });

  const std::vector<std::string> seeds = seed_inputs();
  const auto start = std::chrono::steady_clock::now();
  for (number = first; number < first + inputs; ++number) {
    const std::string bytes = input(seeds);
    ::alarm(kSecondsForOne);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  ::alarm(0);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%llu inputs of seed %llu from %llu on, none of them a finding, %.0f a second\n",
              static_cast<unsigned long long>(inputs), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(first), static_cast<double>(inputs) / seconds.count());
  return 0;
}
