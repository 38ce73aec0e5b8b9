// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resnet {

/// Labelled photographs of any size, as an index of files that nobody has opened yet.
///
/// Shapes   labels has an entry for each file, in 0 .. class_names.size() - 1, or -1 where the label is not known.
struct PhotoSet {
  std::filesystem::path folder;       ///< What the files' names are relative to.
  std::vector<std::string> files;     ///< With '/' between folders.
  std::vector<std::uintmax_t> bytes;  ///< Of each file; 0 where there is none to ask.
  std::vector<std::int64_t> labels;
  std::vector<std::string> class_names;  ///< In the order of their labels.

  std::int64_t size() const { return static_cast<std::int64_t>(files.size()); }
  std::filesystem::path path(std::int64_t i) const { return folder / files[static_cast<std::size_t>(i)]; }
};

/// A data set of photographs, such as ImageNet.
struct Photos {
  PhotoSet train;
  PhotoSet validation;  ///< Of the same classes.
};

/// What a folder of photographs is.
enum class PhotoLayout {
  kFolders,  ///< A data set: train/<class>/ and val/<class>/.
  kLists,    ///< A data set: train.txt and val.txt.
  kClasses,  ///< No data set of two parts: <class>/.
};

/// Says what this folder is: kFolders if `train` in it holds a folder, kLists if there is `train.txt`; without these
/// the same of `val`; else kClasses.
///
/// So one part of a set is enough, and a class may be named train or val, if its images lie in no folders of their own.
/// Folders whose names begin with a dot are passed over.
PhotoLayout photo_layout(const std::filesystem::path& folder);

/// Reads the index of a data set, of either layout.
///
/// Throws Error if it has neither, and what read_photo_set and read_photo_list throw.
Photos read_photos(const std::filesystem::path& folder);

/// Reads the index of one part of a data set, `train` or `val`, in the other layout where it is there in that alone; of
/// a folder of classes, that of all its images.
///
/// Throws what read_photo_set and read_photo_list throw, so for a set that lacks this part.
PhotoSet read_photo_part(const std::filesystem::path& folder, const std::string& part,
                         const std::vector<std::string>& class_names = {});

/// Reads the index of a folder that holds a folder for each class.
///
/// Classes are sorted by name, byte by byte, as are the files of a class. Every file below a class's folder counts,
/// whatever its name says, in folders within it too; only names that begin with a dot are passed over. Links are
/// followed. With `class_names` the labels are theirs, and a class without a folder is none that is missing.
///
/// Throws   Error if there is no such folder, no class in it, one that is none of `class_names`, one without a file, a
///          link that leads back to a folder it lies in, or a name that is no UTF-8 or holds a control character.
PhotoSet read_photo_set(const std::filesystem::path& folder, const std::vector<std::string>& class_names = {});

/// Reads a list: a line for each image, with its path relative to the list's folder, a space, and its label, a whole
/// number from 0 on. Empty lines are passed over.
///
/// The names of the classes stand in `classes.txt` beside the list, one a line in the order of their labels; without it
/// they are the numbers. With `class_names` the labels are theirs: a class of that file is found among them by its
/// name, and without the file the list's numbers are taken for theirs.
///
/// Throws   Error, naming the line, if one has no label or one beyond the classes, or names no class; if a class that
///          the list has is none of `class_names`, or two of them; if there is no image; for names as read_photo_set
///          does; or for a list of more than 1 GiB or 20 million lines: ImageNet's has 1.3 million.
PhotoSet read_photo_list(const std::filesystem::path& list, const std::vector<std::string>& class_names = {});

/// Reads the index of the images directly in this folder, sorted by name, without labels: ImageNet's test images.
///
/// Throws   Error if there is no such folder, no file in it, or for names as read_photo_set does.
PhotoSet read_unlabeled_photos(const std::filesystem::path& folder);

/// Sixteen hexadecimal digits made from every file's name, size and label, and from the classes: equal wherever the set
/// lies, different for another set. No file is opened.
std::string fingerprint(const PhotoSet& set);

}  // namespace resnet
