// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "core/file_lock.hpp"

namespace resnet {

/// The folder, absolute and without a slash at its end, so that it has a name and neighbours. What stands before the
/// name is what the system finds there: a `..` that follows a link leads out of the folder that is linked to.
///
/// Throws Error if that cannot be reached.
std::filesystem::path named_folder(const std::filesystem::path& folder);

/// A folder that is replaced as a whole: the new one is made beside the old one and then takes its name, so that a
/// reader finds the one or the other and never a mixture. On a file system where two folders cannot swap their names in
/// one step, NFS for one, a reader finds neither for a moment.
///
/// The work goes on in the hidden neighbour `.<name>.part/`, whose lock keeps two processes from replacing one folder
/// at a time. What a killed process left there is put right by the next one. All that stood in the old folder goes,
/// once the new one has its name for good: the folders that hold the names are synced before.
///
///     NewFolder result(out / "results" / "fig1_plain_degradation");
///     write_atomically(result.path() / "table.md", text);
///     result.put_in_place();  // else the old folder stays
///
/// Throws Error if another process is at it, if a file has the folder's name, or if a folder cannot be made or moved;
/// the old folder is then unchanged. Where not even its name can be given back to it, it stays in `.<name>.part/old`:
/// the next one gives it back, or throws Error, and removes neither, if another folder has taken the name since.
class NewFolder {
 public:
  explicit NewFolder(const std::filesystem::path& folder);

  /// Removes the new folder unless it was put in place.
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Where the new one is made; empty at first.
  const std::filesystem::path& path() const { return new_; }

  void put_in_place();

 private:
  void put_right() const;
  void move_in_steps(bool has_old) const;

  std::filesystem::path folder_;
  std::filesystem::path work_;
  std::filesystem::path new_;
  std::filesystem::path old_;
  FileLock lock_;
};

}  // namespace resnet
