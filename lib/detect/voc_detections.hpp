// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "detect/annotated_set.hpp"
#include "detect/detection.hpp"

namespace resnet {

/// Reads detections in PASCAL VOC's form: a folder with a file <anything>_<class>.txt, or <class>.txt, for each class,
/// such as comp4_det_test_car.txt, which is of the class behind comp4_det_test_. One that begins in another way is of
/// the class that ends its name, and of the longest where more than one does. A class without a file has no detections.
/// They come class by class, as they stand there; names that begin with a dot are passed over.
///
/// Paper    Table 7.
/// Differs  Where the set lacks a class "toy_car" and has "car", a file toy_car.txt of others is taken for the cars':
///          the form does not tell them apart.
/// Throws   Error for a folder without such a file, one that names no class, two of one class, a name that check_name
///          refuses, for a file of more than 256 MiB, for more than 10 million lines in all files, and as
///          parse_voc_detections does.
Detections read_voc_detections(const std::filesystem::path& folder, const AnnotatedSet& set);

/// A line for each detection of one class: image, score, and left, top, right and bottom in pixels counted from 1, the
/// last one included. What `label` they get, the caller sets.
///
/// Throws   Error, naming file and line, for what is no such line, for an image that the set lacks, and as voc_box
///          does.
std::vector<Detection> parse_voc_detections(const std::string& text, const std::string& file, const AnnotatedSet& set);

/// Detections as such files, `comp4_det_test_<class>.txt` by its text: one for each class of the set, in the order of
/// the detections.
///
/// Throws   Error for a class whose name cannot be that of a file.
/// Differs  A box of less than a pixel is written as of one pixel, as the form has none smaller.
std::map<std::string, std::string> voc_detection_files(const AnnotatedSet& set,
                                                       const std::vector<Detection>& detections);

}  // namespace resnet
