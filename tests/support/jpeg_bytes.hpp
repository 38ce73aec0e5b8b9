// SPDX-License-Identifier: MIT
#pragma once

#include <jpeglib.h>

#include <cstdint>
#include <cstdio>  // which jpeglib.h wants to have seen
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

/// JPEGs of every kind, of an image that a formula draws: for tests of the reader, with no line of its.
namespace jpeg_bytes {

/// kByFrequency is progressive too, but each scan has its frequencies whole: none refines another.
enum class Coding { kBaseline, kProgressive, kByFrequency, kArithmetic };

struct Kind {
  std::int64_t width = 67;
  std::int64_t height = 45;
  J_COLOR_SPACE colors = JCS_YCbCr;  ///< As stored: JCS_GRAYSCALE, JCS_RGB, JCS_YCbCr, JCS_CMYK or JCS_YCCK.
  int horizontal = 2;                ///< How many times wider and higher luma is sampled than chroma.
  int vertical = 2;
  Coding coding = Coding::kBaseline;
  unsigned restart_interval = 0;  ///< In blocks; 0: no restart markers.
};

/// A soft pattern with an edge, of 0..255.
inline std::uint8_t drawn(std::int64_t x, std::int64_t y, std::int64_t channel) {
  const std::int64_t wave = (x * 3 + y * 5 + channel * 40) % 180;
  return static_cast<std::uint8_t>((wave < 90 ? wave : 180 - wave) + (x > y ? 120 : 20));
}

inline J_COLOR_SPACE input_of(J_COLOR_SPACE stored) {
  if (stored == JCS_GRAYSCALE) return JCS_GRAYSCALE;
  return stored == JCS_CMYK || stored == JCS_YCCK ? JCS_CMYK : JCS_RGB;
}

/// The file's bytes.
inline std::string jpeg(const Kind& kind) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = ::jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr) { throw std::runtime_error("cannot make this JPEG"); };
  ::jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  ::jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(kind.width);
  info.image_height = static_cast<JDIMENSION>(kind.height);
  info.in_color_space = input_of(kind.colors);
  info.input_components = info.in_color_space == JCS_GRAYSCALE ? 1 : info.in_color_space == JCS_CMYK ? 4 : 3;
  ::jpeg_set_defaults(&info);
  ::jpeg_set_colorspace(&info, kind.colors);
  ::jpeg_set_quality(&info, 85, TRUE);
  info.comp_info[0].h_samp_factor = kind.horizontal;
  info.comp_info[0].v_samp_factor = kind.vertical;
  if (kind.colors == JCS_YCCK) {  // black is sampled as luma is
    info.comp_info[3].h_samp_factor = kind.horizontal;
    info.comp_info[3].v_samp_factor = kind.vertical;
  }
  info.restart_interval = kind.restart_interval;
  info.arith_code = kind.coding == Coding::kArithmetic ? TRUE : FALSE;
  if (kind.coding == Coding::kProgressive) ::jpeg_simple_progression(&info);
  const std::vector<jpeg_scan_info> by_frequency = {{3, {0, 1, 2}, 0, 0, 0, 0},  // channels; first and last frequency
                                                    {1, {0}, 1, 63, 0, 0},
                                                    {1, {1}, 1, 63, 0, 0},
                                                    {1, {2}, 1, 63, 0, 0}};
  if (kind.coding == Coding::kByFrequency) {
    info.scan_info = by_frequency.data();
    info.num_scans = static_cast<int>(by_frequency.size());
  }
  ::jpeg_start_compress(&info, TRUE);
  std::vector<unsigned char> row(static_cast<std::size_t>(kind.width * info.input_components));
  for (std::int64_t y = 0; y < kind.height; ++y) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto channels = static_cast<std::size_t>(info.input_components);
      row[i] = drawn(static_cast<std::int64_t>(i / channels), y, static_cast<std::int64_t>(i % channels));
    }
    JSAMPROW pointer = row.data();
    ::jpeg_write_scanlines(&info, &pointer, 1);
  }
  ::jpeg_finish_compress(&info);
  ::jpeg_destroy_compress(&info);
  std::string bytes(reinterpret_cast<char*>(memory), size);
  std::free(memory);
  return bytes;
}

}  // namespace jpeg_bytes
