// SPDX-License-Identifier: MIT
// What the fuzz targets share: a bound on memory, and what may be thrown.
#include "fuzz/fuzz_target.hpp"

#include <cstdio>
#include <cstdlib>

#include "core/error.hpp"

// Of sanitizer/allocator_interface.h, which GCC does not install.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void* block);

namespace {

// A pickle's reader holds up to 48 bytes for each of its bytes, in a vector that doubles or a node of its memo, and a
// zip may hold a pickle of four times its size. libarchive has buffers of its own, 300 KB of them.
constexpr std::size_t kBytesForEach = 4 * 3 * 56;
constexpr std::size_t kBytesForNone = std::size_t{1} << 21;

bool is_counting = false;
std::size_t held = 0;
std::size_t most_held = 0;

void count_allocation(const volatile void*, std::size_t size) {
  if (!is_counting) return;
  held += size;
  if (held <= most_held) return;
  is_counting = false;
  std::fprintf(stderr, "%zu bytes held, %zu are justified\n", held, most_held);
  std::abort();
}

void count_release(const volatile void* block) {
  if (!is_counting || block == nullptr) return;
  const std::size_t size = __sanitizer_get_allocated_size(block);
  held = size > held ? 0 : held - size;  // what was there before is released too, sometimes
}

const int kInstalled = __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);

}  // namespace

/// A hang or abort is reported as ASan reports its own findings.
extern "C" const char* __asan_default_options() { return "handle_abort=1"; }

void read_within_bounds(const std::uint8_t* data, std::size_t size, void (*reader)(const std::string& bytes),
                        std::size_t room) {
  if (kInstalled == 0) std::abort();
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  held = 0;
  most_held = kBytesForNone + kBytesForEach * size + room;
  is_counting = true;
  try {
    reader(bytes);
  } catch (const resnet::Error&) {
  }
  is_counting = false;
}
