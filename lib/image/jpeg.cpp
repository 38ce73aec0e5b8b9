// SPDX-License-Identifier: MIT
#include "image/jpeg.hpp"

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>  // which jpeglib.h wants to have seen
#include <new>

#include "core/error.hpp"

namespace resnet {
namespace {

// A progressive image comes in scans, each of which goes over all of its blocks. Ten are usual; thousands in a small
// file would keep a thread busy for minutes.
constexpr int kMostScans = 200;

// Until the last scan libjpeg keeps the coefficients of all blocks, two bytes for each pixel of each channel: 600 MB
// where 100 million pixels are announced, in a file of a few bytes. These do for 44 million whose chroma is not halved.
constexpr int kMostMemory = 256 << 20;

// Chroma of half the width is interpolated between neighbours: pixels this near to where decoding begins or ends may
// differ from those of the whole image.
constexpr std::int64_t kMargin = 2;

/// libjpeg's state, and where its errors go: it calls back, and must not return. A jump leaves its functions, so
/// nothing with a destructor may live in the functions that it leaves.
class Decompressor {
 public:
  Decompressor() {
    info_.err = ::jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) { self(info).escape(); };
    errors_.emit_message = [](j_common_ptr info, int level) { self(info).warn(level); };
    errors_.output_message = [](j_common_ptr) {};
    info_.client_data = this;
    progress_.progress_monitor = [](j_common_ptr info) { self(info).check_progress(); };
  }
  ~Decompressor() {
    if (is_created_) ::jpeg_destroy_decompress(&info_);
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  jpeg_decompress_struct& info() { return info_; }

  /// Whether the last step was given up for lack of memory.
  bool is_out_of_memory() const { return errors_.msg_code == JERR_OUT_OF_MEMORY; }

  /// Why the last step was given up else, and what can be done.
  std::string reason() const {
    return refusal_ != nullptr ? refusal_ : fmt::format("is a broken JPEG: {}; fetch it anew", message_.data());
  }

  /// Runs a step, whose locals have no destructors. False if it was given up, for the `reason()`.
  template <typename Step>
  bool run(const Step& step) {
    if (setjmp(escape_) != 0) return false;
    step(info_);
    return true;
  }

  void create(const std::string& bytes) {
    ::jpeg_create_decompress(&info_);
    is_created_ = true;
    info_.client_data = this;  // which creating it has kept; said again, as no header promises it
    info_.progress = &progress_;
    info_.mem->max_memory_to_use = kMostMemory;
    ::jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }

 private:
  static Decompressor& self(j_common_ptr info) { return *static_cast<Decompressor*>(info->client_data); }

  [[noreturn]] void escape() {
    if (errors_.msg_code == JERR_NO_BACKING_STORE)
      refuse("has too many pixels for a JPEG in scans, which would take more than 256 MiB; save it as baseline");
    errors_.format_message(reinterpret_cast<j_common_ptr>(&info_), message_.data());
    std::longjmp(escape_, 1);
  }

  /// libjpeg goes on after a warning, with pixels that it made up where data is damaged or missing.
  void warn(int level) {
    if (level >= 0) return;
    switch (errors_.msg_code) {
      case JWRN_EXTRANEOUS_DATA:  // bytes between segments: some cameras write them
      case JWRN_JFIF_MAJOR:
      case JWRN_ADOBE_XFORM:
      case JWRN_NOT_SEQUENTIAL:  // numbers that mean nothing in a baseline file, which some leave at 0
      case JWRN_TOO_MUCH_DATA:
        return;
      default:
        escape();
    }
  }

  void check_progress() {
    if (info_.input_scan_number > kMostScans) refuse("has more scans than a photograph needs; save it as baseline");
  }

  [[noreturn]] void refuse(const char* sentence) {
    refusal_ = sentence;
    std::longjmp(escape_, 1);
  }

  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf escape_{};
  std::array<char, JMSG_LENGTH_MAX> message_{};
  const char* refusal_ = nullptr;
  bool is_created_ = false;
};

/// Whether four channels come out, of which black is the last.
bool has_black(const jpeg_decompress_struct& info) {
  return info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
}

/// The columns that are decoded: whole blocks around the region's.
struct Columns {
  JDIMENSION first;
  JDIMENSION count;
};

/// Begins to decode, with as few columns as can be.
Columns start(jpeg_decompress_struct& info, const Region& region) {
  info.out_color_space = has_black(info) ? JCS_CMYK : JCS_RGB;
  ::jpeg_start_decompress(&info);
  const auto image_width = static_cast<std::int64_t>(info.output_width);
  const std::int64_t first = std::max<std::int64_t>(0, region.left - kMargin);
  const std::int64_t end = std::min(image_width, region.left + region.width + kMargin);
  Columns columns{static_cast<JDIMENSION>(first), static_cast<JDIMENSION>(end - first)};
  if (end - first < image_width) ::jpeg_crop_scanline(&info, &columns.first, &columns.count);
  return columns;
}

/// Inverted CMYK (255 is no ink) to RGB, in place: the three colours of a pixel lie before those of the next.
void multiply_by_black(const std::uint8_t* cmyk, std::int64_t pixels, std::uint8_t* rgb) {
  for (std::int64_t i = 0; i < pixels; ++i) {
    for (int c = 0; c < 3; ++c)
      rgb[3 * i + c] = static_cast<std::uint8_t>((cmyk[4 * i + c] * cmyk[4 * i + 3] + 127) / 255);
  }
}

}  // namespace

void decode_jpeg(const EncodedImage& image, const Region& region, Pixels& pixels) {
  Decompressor jpeg;
  const auto require_done = [&](bool is_done) {
    if (!is_done && jpeg.is_out_of_memory()) throw std::bad_alloc();
    if (!is_done) fail("{}: {}", image.name, jpeg.reason());
  };
  require_done(jpeg.run([&](jpeg_decompress_struct& info) {
    jpeg.create(image.bytes);
    ::jpeg_read_header(&info, TRUE);
  }));
  require(jpeg.info().image_height == image.header.size.height && jpeg.info().image_width == image.header.size.width,
          "{}: is a broken JPEG: it has two sizes; fetch it anew", image.name);

  Columns columns{};
  require_done(jpeg.run([&](jpeg_decompress_struct& info) { columns = start(info, region); }));
  pixels.region = {region.top, columns.first, region.height, columns.count};
  const auto channels = static_cast<std::size_t>(jpeg.info().output_components);
  const std::size_t row_bytes = 3 * std::size_t{columns.count};
  // Rows of four channels are turned into three where they lie, the last one with room behind it.
  pixels.bytes.resize(std::max(
      pixels.bytes.size(), row_bytes * static_cast<std::size_t>(region.height) + (channels > 3 ? columns.count : 0)));
  require_done(jpeg.run([&](jpeg_decompress_struct& info) {
    if (region.top > 0) ::jpeg_skip_scanlines(&info, static_cast<JDIMENSION>(region.top));
    for (std::int64_t y = 0; y < region.height; ++y) {
      JSAMPROW row = pixels.bytes.data() + row_bytes * static_cast<std::size_t>(y);
      ::jpeg_read_scanlines(&info, &row, 1);
      if (channels > 3) multiply_by_black(row, columns.count, row);
    }
  }));
}

}  // namespace resnet
