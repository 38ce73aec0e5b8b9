// SPDX-License-Identifier: MIT
// The rules of the house, held against the sources themselves. A violation is reported as file:line.
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

// Each module includes only itself and modules before it. The same order stands in lib/CMakeLists.txt.
const std::vector<std::string> kModules = {"core",     "record",  "cli",    "plot",     "format", "kernel",
                                           "tensor",   "dataset", "image",  "prepare",  "batch",  "model",
                                           "exchange", "train",   "detect", "detector", "paper",  "experiment"};

struct Line {
  std::string file;  // relative to the root of the project, with '/'
  std::size_t number;
  std::string text;

  std::string here(std::string_view what) const {
    return file + ":" + std::to_string(number) + ": " + std::string(what) + ": " + text + "\n";
  }
  bool is_under(std::string_view folder) const { return file.starts_with(std::string(folder) + "/"); }
};

using Source = std::vector<Line>;

Source read(const fs::path& path) {
  Source lines;
  std::ifstream in(path);
  for (std::string text; std::getline(in, text);) {
    lines.push_back({fs::relative(path, RESNET_SOURCE_DIR).generic_string(), lines.size() + 1, text});
  }
  return lines;
}

// The files below the folders with one of the extensions. An empty file counts as one empty line, to break rules with.
std::vector<Source> sources(std::initializer_list<const char*> folders, std::initializer_list<const char*> extensions) {
  std::vector<Source> found;
  for (const char* folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(RESNET_SOURCE_DIR) / folder)) {
      if (std::count(extensions.begin(), extensions.end(), entry.path().extension().string()) == 0) continue;
      found.push_back(read(entry.path()));
      if (found.back().empty()) {
        found.back().push_back({fs::relative(entry.path(), RESNET_SOURCE_DIR).generic_string(), 1, ""});
      }
    }
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

std::vector<Source> cpp_sources() { return sources({"lib", "apps", "experiments", "tests"}, {".cpp", ".hpp"}); }

struct Include {
  char bracket;  // '<' for a package, '"' for a file of ours
  std::string path;
  Line line;
};

std::vector<Include> includes(const std::vector<Source>& all) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)re");
  std::vector<Include> found;
  for (const Source& source : all) {
    for (const Line& line : source) {
      std::smatch match;
      if (std::regex_match(line.text, match, pattern)) found.push_back({match.str(1)[0], match.str(2), line});
    }
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

std::string first_folder(const std::string& path) { return path.substr(0, path.find('/')); }

auto place_of(const std::string& module) { return std::find(kModules.begin(), kModules.end(), module); }

bool is_under_any(const Line& line, const std::vector<const char*>& folders) {
  return std::any_of(folders.begin(), folders.end(), [&](const char* folder) { return line.is_under(folder); });
}

}  // namespace

TEST_CASE("lib/CMakeLists.txt lists the modules in the order of the table here") {
  static const std::regex pattern(R"(resnet_module\((\w+) .*)");
  std::vector<std::string> listed;
  for (const Line& line : read(fs::path(RESNET_SOURCE_DIR) / "lib" / "CMakeLists.txt")) {
    std::smatch match;
    if (std::regex_match(line.text, match, pattern)) listed.push_back(match.str(1));
  }
  CHECK(listed == kModules);
}

TEST_CASE("every folder of lib is a module of the table") {
  std::string wrong;
  for (const auto& entry : fs::directory_iterator(fs::path(RESNET_SOURCE_DIR) / "lib")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && place_of(name) == kModules.end()) wrong += "lib/" + name + ":1: not in the table\n";
  }
  CHECK(wrong == "");
}

TEST_CASE("a module includes only itself and modules before it") {
  std::string wrong;
  for (const Include& include : includes(sources({"lib"}, {".cpp", ".hpp"}))) {
    if (include.bracket != '"') continue;
    const auto includer = place_of(first_folder(include.line.file.substr(std::string("lib/").size())));
    const auto included = place_of(first_folder(include.path));
    if (included == kModules.end()) {
      wrong += include.line.here("names no module; write \"module/file.hpp\"");
    } else if (included > includer) {
      wrong += include.line.here(*included + " comes after " + *includer);
    }
  }
  CHECK(wrong == "");
}

/// Where a package may be included: by the first folder of the path, or by a header's whole name.
struct Confinement {
  std::string_view package;
  std::vector<std::string_view> headers;
  std::vector<const char*> folders;
};

TEST_CASE("a package stays in the modules that wrap it") {
  const std::vector<Confinement> confinements = {
      {"OpenCV", {"opencv2"}, {"lib/image", "tests"}},
      {"libjpeg", {"jpeglib.h", "jerror.h"}, {"lib/image", "tests"}},
      {"Boost", {"boost"}, {"lib/cli"}},
      {"libarchive", {"archive.h", "archive_entry.h"}, {"lib/format", "lib/prepare", "tests"}},
      {"OpenSSL", {"openssl"}, {"lib/prepare"}},
      {"pugixml", {"pugixml.hpp"}, {"lib/detect"}},
      {"Highway", {"hwy"}, {"lib/kernel"}},
      {"Catch2", {"catch2"}, {"tests/support"}},
  };
  std::string wrong;
  for (const Include& include : includes(cpp_sources())) {
    const std::string name = first_folder(include.path);
    for (const Confinement& each : confinements) {
      const bool is_it = std::ranges::find(each.headers, name) != each.headers.end();
      if (is_it && !is_under_any(include.line, each.folders)) {
        wrong += include.line.here(fmt::format("{} outside {}", each.package, fmt::join(each.folders, ", ")));
      }
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("LibTorch stays out of the modules that draw, record, read flags and read files from outside") {
  std::string wrong;
  for (const Include& include : includes(sources({"lib"}, {".cpp", ".hpp"}))) {
    const std::string package = first_folder(include.path);
    const bool is_torch = package == "torch" || package == "ATen" || package == "c10" || package == "caffe2";
    if (is_torch && is_under_any(include.line, {"lib/core", "lib/record", "lib/cli", "lib/plot", "lib/format",
                                                "lib/kernel", "lib/image", "lib/prepare"})) {
      wrong += include.line.here("LibTorch in a module that does without");
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("a program prints and tells through cli/print.hpp, which knows what to do where nobody reads") {
  static const std::regex writer(
      R"(.*\b(fmt::print|std::(cout|cerr|clog|puts|fputs|printf|fprintf)|stdout|stderr)\b.*)");
  std::string wrong;
  for (const Source& source : sources({"lib", "apps", "experiments"}, {".cpp", ".hpp"})) {
    for (const Line& line : source) {
      const bool writes = std::regex_match(line.text, writer) && line.file != "lib/cli/print.cpp";
      if (writes) wrong += line.here("write print(...) or tell(...)");
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("every source file names its licence, first of all") {
  std::string wrong;
  for (const Source& source : cpp_sources()) {
    if (source[0].text != "// SPDX-License-Identifier: MIT") {
      wrong += source[0].here("expected // SPDX-License-Identifier: MIT");
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("every header begins with #pragma once, or with the guard that lets it in once for each instruction set") {
  std::string wrong;
  for (const Source& source : sources({"lib", "tests"}, {".hpp"})) {
    if (source.size() < 2 || (source[1].text != "#pragma once" && !source[1].text.ends_with("(HWY_TARGET_TOGGLE)"))) {
      wrong += source[std::min<std::size_t>(1, source.size() - 1)].here("expected #pragma once in line 2");
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("a program begins with a sentence on what it does, which ./run lists") {
  std::string wrong;
  for (const Source& source : sources({"apps", "experiments"}, {".cpp"})) {
    if (source.size() < 2 || !source[1].text.starts_with("// ") || !source[1].text.ends_with(".")) {
      wrong += source[std::min<std::size_t>(1, source.size() - 1)].here("expected // and a whole sentence in line 2");
    }
  }
  CHECK(wrong == "");
}

TEST_CASE("a program offers main and nothing else; what is needed twice lives in lib") {
  static const std::regex allowed(R"(int main\(.*|using .*|namespace \w+ = .*)");
  static const std::regex type(R"(\s*(class|struct|enum|template)\b.*)");
  std::string wrong;
  for (const Source& source : sources({"apps", "experiments"}, {".cpp"})) {
    bool has_main = false;
    bool is_private = false;  // inside an unnamed namespace: helpers of this main alone
    for (const Line& line : source) {
      has_main = has_main || line.text.starts_with("int main(");
      is_private = (is_private || line.text == "namespace {") && line.text != "}  // namespace";
      // The sources are formatted, so what stands at the left margin is at namespace scope.
      const bool declares = !line.text.empty() && std::isalpha(static_cast<unsigned char>(line.text[0])) != 0;
      if (declares && !is_private && !std::regex_match(line.text, allowed)) wrong += line.here("beside main");
      if (std::regex_match(line.text, type)) wrong += line.here("a type, which belongs in lib");
    }
    if (!has_main) wrong += source[0].here("no main function at the left margin");
  }
  CHECK(wrong == "");
}

TEST_CASE("lib/paper is data and small factories: no loop, no file") {
  static const std::regex loop(R"(.*\b(for|while) \(.*)");
  std::string wrong;
  for (const Source& source : sources({"lib/paper"}, {".cpp", ".hpp"})) {
    for (const Line& line : source) {
      if (std::regex_match(line.text, loop)) wrong += line.here("a loop");
    }
  }
  for (const Include& include : includes(sources({"lib/paper"}, {".cpp", ".hpp"}))) {
    for (const char* header : {"fstream", "iostream", "cstdio", "filesystem", "core/file.hpp"}) {
      if (include.path == header) wrong += include.line.here("files");
    }
  }
  CHECK(wrong == "");
}
