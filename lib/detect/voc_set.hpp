// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "detect/annotated_set.hpp"

namespace resnet {

/// Reads annotations in PASCAL VOC's layout: folder/ImageSets/Main/<split>.txt names the images, one in a line, and
/// folder/Annotations/<image>.xml has the objects of each. The images themselves, folder/JPEGImages/<image>.jpg, are
/// not looked at.
///
/// The classes are those of the split's objects, sorted by name. What stands behind a name in the list is passed over:
/// in the list of a class, whether the image has it.
///
/// Paper    Table 7.
/// Throws   Error, naming the file and the line, if one is missing, the list names no image, one twice, one with a
///          folder, or one that check_name refuses; for a list or an annotation of more than 8 MiB; and as
///          parse_voc_annotation does.
AnnotatedSet read_voc_set(const std::filesystem::path& folder, const std::string& split);

/// The same without objects and classes, for which no annotation is opened: those of VOC 2012's test images are secret.
AnnotatedSet read_voc_images(const std::filesystem::path& folder, const std::string& split);

}  // namespace resnet
