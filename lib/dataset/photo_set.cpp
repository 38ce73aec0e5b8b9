// SPDX-License-Identifier: MIT
#include "dataset/photo_set.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "core/names.hpp"
#include "core/number.hpp"
#include "core/seed.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestList = std::uintmax_t{1} << 30;
constexpr std::ptrdiff_t kMostLines = 20'000'000;  // each takes 32 bytes of memory, and one of the file if it is empty

/// What stands in a folder, by name; what is hidden is passed over.
std::vector<fs::directory_entry> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.')) continue;
    check_name(name, folder.string());
    entries.push_back(*at);
  }
  require(!error, "{}: cannot be read: {}", folder.string(), error.message());
  std::sort(entries.begin(), entries.end(), [](const fs::directory_entry& a, const fs::directory_entry& b) {
    return a.path().filename().native() < b.path().filename().native();
  });
  return entries;
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code ignored;  // a link to nothing is a file that cannot be read
  return entry.is_directory(ignored);
}

/// 0 where there is none to ask: what cannot be read is found, and named, when somebody wants to see it.
std::uintmax_t size_of(const fs::path& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? static_cast<std::uintmax_t>(status.st_size)
                                                                       : 0;
}

void add_file(PhotoSet& set, std::string name, std::int64_t label) {
  set.bytes.push_back(size_of(set.folder / name));
  set.files.push_back(std::move(name));
  set.labels.push_back(label);
}

using FolderId = std::pair<dev_t, ino_t>;

/// Adds the files below set.folder / name. Each folder is entered once: a few links that lead on to each other would be
/// more ways than there is time for.
void add_files_below(PhotoSet& set, const std::string& name, std::int64_t label,
                     std::map<FolderId, std::string>& entered) {
  const fs::path folder = set.folder / name;
  struct stat status{};
  require(::stat(folder.c_str(), &status) == 0, "{}: cannot be read", folder.string());
  const FolderId id{status.st_dev, status.st_ino};
  const auto [first, is_new] = entered.emplace(id, name);
  require(is_new, "{}: '{}' and '{}' in it are one folder; remove the one that is a link", set.folder.string(),
          first->second, name);
  for (const fs::directory_entry& entry : sorted_entries(folder)) {
    const std::string inner = name + "/" + entry.path().filename().string();
    is_folder(entry) ? add_files_below(set, inner, label, entered) : add_file(set, inner, label);
  }
}

bool holds_folders(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder, ignored) && std::ranges::any_of(sorted_entries(folder), is_folder);
}

void require_folder(const fs::path& folder) {
  std::error_code ignored;
  require(fs::is_directory(folder, ignored), "{}: {}", folder.string(),
          fs::exists(folder, ignored) ? "is not a folder" : "no such folder");
}

/// The classes trained on, of which there may be a hundred thousand, by their names.
class KnownClasses {
 public:
  explicit KnownClasses(const std::vector<std::string>& names) : count_(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto [place, is_new] = places_.emplace(names[i], static_cast<std::int64_t>(i));
      if (!is_new) place->second = kTwice;
    }
  }

  bool has(const std::string& name) const { return places_.contains(name); }

  /// Where the name stands among them. Throws Error, naming `where`, unless it stands there once.
  std::int64_t label_of(const std::string& name, const std::string& where) const {
    const auto found = places_.find(name);
    require(found != places_.end(),
            "{}: the class '{}' is none of the {} classes trained on; remove it, or train on it too", where, name,
            count_);
    require(found->second != kTwice,
            "{}: two of the {} classes trained on are named '{}'; train on classes with names of their own", where,
            count_, name);
    return found->second;
  }

 private:
  static constexpr std::int64_t kTwice = -1;

  std::size_t count_;
  std::unordered_map<std::string, std::int64_t> places_;
};

std::vector<std::string> lines_in(const fs::path& list) {
  const std::string text = read_file(list, kLargestList);
  const auto lines = std::ranges::count(text, '\n');
  require(lines <= kMostLines, "{}: has {} lines, expected at most {}", list.string(), lines, kMostLines);
  return lines_of(text);
}

/// A line of a list: a path, and a number after the last space.
std::pair<std::string, std::int64_t> split_line(const std::string& line, const std::string& where) {
  const std::size_t space = line.find_last_of(" \t");
  const std::string path = space == std::string::npos ? "" : line.substr(0, line.find_last_not_of(" \t", space) + 1);
  const std::optional<std::int64_t> label =
      path.empty() ? std::nullopt : whole_number(std::string_view(line).substr(space + 1));
  require(label && *label >= 0, "{}: has no label, expected a path, a space and a whole number from 0 on", where);
  return {path, *label};
}

/// Gives each file the label that its class has among these.
void relabel(PhotoSet& set, const std::vector<std::string>& class_names, const std::string& where) {
  const KnownClasses known(class_names);
  std::vector<std::int64_t> found(set.class_names.size(), -1);
  for (std::int64_t& label : set.labels) {
    const auto own = static_cast<std::size_t>(label);
    if (found[own] < 0) found[own] = known.label_of(set.class_names[own], where);
    label = found[own];
  }
  set.class_names = class_names;
}

std::vector<std::string> numbers(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace

PhotoSet read_photo_set(const fs::path& folder, const std::vector<std::string>& class_names) {
  require_folder(folder);
  PhotoSet set{.folder = folder, .files = {}, .bytes = {}, .labels = {}, .class_names = class_names};
  const KnownClasses known(class_names);
  std::map<FolderId, std::string> entered;
  for (const fs::directory_entry& entry : sorted_entries(folder)) {
    if (!is_folder(entry)) continue;
    const std::string name = entry.path().filename().string();
    if (class_names.empty()) set.class_names.push_back(name);
    const std::int64_t label = class_names.empty() ? static_cast<std::int64_t>(set.class_names.size()) - 1
                                                   : known.label_of(name, folder.string());
    const std::int64_t before = set.size();
    add_files_below(set, name, label, entered);
    require(set.size() > before, "{}: has no images; put some there, or remove the folder", (folder / name).string());
  }
  require(set.size() > 0, "{}: has no images, expected a folder for each class with images in it", folder.string());
  return set;
}

PhotoSet read_photo_list(const fs::path& list, const std::vector<std::string>& class_names) {
  const fs::path names_file = list.parent_path() / "classes.txt";
  std::error_code ignored;
  std::vector<std::string> own_names;
  if (fs::exists(names_file, ignored)) own_names = read_class_names(names_file);
  // Numbers may be the names of classes, as those of digits are, and stand in another order beside the list.
  const KnownClasses known(class_names);
  const bool has_names = class_names != numbers(static_cast<std::int64_t>(class_names.size())) ||
                         std::ranges::all_of(own_names, [&](const std::string& name) { return known.has(name); });
  const bool is_by_name = !own_names.empty() && has_names && own_names != class_names;
  PhotoSet set{.folder = list.parent_path(), .files = {}, .bytes = {}, .labels = {}, .class_names = class_names};
  if (is_by_name || class_names.empty()) set.class_names = own_names;
  std::int64_t most = -1;
  std::int64_t number = 0;
  for (const std::string& line : lines_in(list)) {
    const std::string where = fmt::format("{}: line {}", list.string(), ++number);
    if (line.empty()) continue;
    const auto [name, label] = split_line(line, where);
    check_name(name, where);
    require(set.class_names.empty() || label < static_cast<std::int64_t>(set.class_names.size()),
            "{}: has the label {}, expected one of 0 to {}", where, label,
            static_cast<std::int64_t>(set.class_names.size()) - 1);
    most = std::max(most, label);
    add_file(set, name, label);
  }
  require(set.size() > 0, "{}: lists no images, expected lines of a path, a space and a label", list.string());
  // A number far beyond the images is a mistake, and would make a list of names that fits no memory.
  require(!set.class_names.empty() || most < set.size(),
          "{}: has the label {} and only {} images; number the classes from 0 on", list.string(), most, set.size());
  if (set.class_names.empty()) set.class_names = numbers(most + 1);
  if (is_by_name)
    relabel(set, class_names, fmt::format("{}, with the names in {}", list.string(), names_file.string()));
  return set;
}

PhotoSet read_unlabeled_photos(const fs::path& folder) {
  require_folder(folder);
  PhotoSet set{.folder = folder, .files = {}, .bytes = {}, .labels = {}, .class_names = {}};
  for (const fs::directory_entry& entry : sorted_entries(folder)) {
    if (!is_folder(entry)) add_file(set, entry.path().filename().string(), -1);
  }
  require(set.size() > 0, "{}: has no images", folder.string());
  return set;
}

PhotoLayout photo_layout(const fs::path& folder) {
  std::error_code ignored;
  for (const std::string part : {"train", "val"}) {
    if (holds_folders(folder / part)) return PhotoLayout::kFolders;
    if (fs::exists(folder / (part + ".txt"), ignored)) return PhotoLayout::kLists;
  }
  return PhotoLayout::kClasses;
}

Photos read_photos(const fs::path& folder) {
  require_folder(folder);
  require(photo_layout(folder) != PhotoLayout::kClasses,
          "{}: holds no photographs: expected train/<class>/ and val/<class>/, or the lists train.txt and val.txt",
          folder.string());
  Photos photos;
  photos.train = read_photo_part(folder, "train");
  photos.validation = read_photo_part(folder, "val", photos.train.class_names);
  return photos;
}

PhotoSet read_photo_part(const fs::path& folder, const std::string& part, const std::vector<std::string>& class_names) {
  const PhotoLayout layout = photo_layout(folder);
  if (layout == PhotoLayout::kClasses) return read_photo_set(folder, class_names);
  const fs::path folders = folder / part;
  const fs::path list = folder / (part + ".txt");
  std::error_code ignored;
  const bool has_list = fs::exists(list, ignored);
  const bool has_folders = holds_folders(folders);
  const bool is_list = layout == PhotoLayout::kLists ? has_list || !has_folders : has_list && !has_folders;
  return is_list ? read_photo_list(list, class_names) : read_photo_set(folders, class_names);
}

std::string fingerprint(const PhotoSet& set) {
  std::uint64_t hash = 1;
  const auto mix_in = [&hash](std::string_view text) { hash = derive_seed(hash, text); };
  for (const std::string& name : set.class_names) mix_in(name);
  for (std::size_t i = 0; i < set.files.size(); ++i) {
    mix_in(set.files[i]);
    mix_in(fmt::format("{} {}", set.bytes[i], set.labels[i]));
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace resnet
