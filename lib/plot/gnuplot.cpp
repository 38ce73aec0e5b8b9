// SPDX-License-Identifier: MIT
#include "plot/gnuplot.hpp"

#include <cctype>
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

// A file that is gone when the work on it ends, unless it was moved to its final name.
class PartFile {
 public:
  explicit PartFile(const fs::path& final_path) : final_path_(final_path), path_(final_path.string() + ".part") {}
  ~PartFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::string& path() const { return path_; }

  // gnuplot ends with 0 even where the disk was too full for the figure: only its last bytes tell.
  void move_into_place(std::string_view last_bytes) const {
    require(fs::exists(path_) && without_trailing_space(read_file(path_)).ends_with(last_bytes),
            "{}: gnuplot could not write all of it; make room, then ./run plot {}", final_path_.string(),
            final_path_.parent_path().string());
    std::error_code error;
    fs::rename(path_, final_path_, error);
    require(!error, "{}: cannot be replaced: {}", final_path_.string(), error.message());
  }

 private:
  fs::path final_path_;
  std::string path_;
};

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
  // Absolute, so that no name begins with - or |, which mean something to gnuplot.
  const PartFile commands(fs::absolute(svg).replace_extension(".gnuplot"));
  const PartFile svg_part(fs::absolute(svg));
  const PartFile png_part(fs::absolute(png));
  write_atomically(commands.path(), script);
  const ProcessResult result = run_process({"gnuplot", "-d", "-c", commands.path(), svg_part.path(), png_part.path()});
  require(result.exit_code != 127,
          "gnuplot, which draws the figures, is missing: apt-get install gnuplot-nox, then "
          "./run plot {}",
          svg.parent_path().string());
  require(result.exit_code == 0, "{}: gnuplot failed with exit code {}: {}", svg.string(), result.exit_code,
          result.output);
  svg_part.move_into_place(kSvgEnd);
  png_part.move_into_place(kPngEnd);
}

}  // namespace resnet
