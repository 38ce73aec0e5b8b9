// SPDX-License-Identifier: MIT
#include "plot/gnuplot.hpp"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/process.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

std::string without_trailing_space(std::string text) {
  text.erase(text.find_last_not_of(" \r\n") + 1);
  return text;
}

// A folder of this process alone, gone with all that is in it when the work ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code error;
    const fs::path temporary = fs::temp_directory_path(error);
    require(!error, "the folder for temporary files: {}; set TMPDIR to another one", error.message());
    // Absolute, so that no name begins with - or |, which mean something to gnuplot.
    std::string name = fs::absolute(temporary) / "resnet-plot-XXXXXX";
    const bool is_made = ::mkdtemp(name.data()) != nullptr;
    require(is_made, "{}: cannot make this folder to draw in: {}; set TMPDIR to another place", name,
            std::strerror(errno));
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

// gnuplot ends with 0 even where the disk was too full for the figure: only its last bytes tell.
std::string drawn_file(const fs::path& file, std::string_view last_bytes) {
  std::string bytes = fs::exists(file) ? read_file(file) : "";
  require(without_trailing_space(bytes).ends_with(last_bytes),
          "{}: gnuplot could not write all of it; make room, or set TMPDIR to another place", file.string());
  return bytes;
}

constexpr std::string_view kSvgEnd = "</svg>";
constexpr std::string_view kPngEnd("IEND\xAE\x42\x60\x82", 8);

}  // namespace

std::string gnuplot_string(std::string_view text) {
  // Every ASCII mark as octal: in 'single quotes' gnuplot 5.4 does not read a doubled quote everywhere as one, and in
  // "double quotes" it runs `commands`. Four digits, because after a leading 0 it takes a fourth as part of the number.
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    require(byte >= 0x20 && byte != 0x7F, "'{}': a text in a chart holds the control character {:#04x}", text, byte);
    if (byte >= 0x80 || byte == ' ' || std::isalnum(byte) != 0) {
      quoted += c;
    } else {
      quoted += fmt::format("\\0{:03o}", byte);
    }
  }
  return quoted + "\"";
}

void run_gnuplot(std::string_view script, const fs::path& svg, const fs::path& png) {
  const ScratchFolder scratch;
  const fs::path commands = scratch / "figure.gnuplot";
  const fs::path new_svg = scratch / "figure.svg";
  const fs::path new_png = scratch / "figure.png";
  write_atomically(commands, script);
  const ProcessResult result = run_process({"gnuplot", "-d", "-c", commands, new_svg, new_png});
  require(result.exit_code != 127,
          "gnuplot, which draws the figures, is missing: apt-get install gnuplot-nox, then "
          "./run plot {}",
          svg.parent_path().string());
  require(result.exit_code == 0, "{}: gnuplot failed with exit code {}: {}", svg.string(), result.exit_code,
          result.output);
  const std::string svg_bytes = drawn_file(new_svg, kSvgEnd);
  const std::string png_bytes = drawn_file(new_png, kPngEnd);
  write_atomically(svg, svg_bytes);
  write_atomically(png, png_bytes);
}

}  // namespace resnet
