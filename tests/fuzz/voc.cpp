// SPDX-License-Identifier: MIT
// Annotations and detections in PASCAL VOC's form.
#include "detect/voc_annotation.hpp"
#include "detect/voc_detections.hpp"
#include "fuzz/fuzz_target.hpp"

namespace {

void read_annotation(const std::string& bytes) { resnet::parse_voc_annotation(bytes, "fuzz"); }

void read_detections(const std::string& bytes) {
  resnet::AnnotatedSet set;
  set.images = {"000005", "000007"};
  set.class_names = {"cat"};
  resnet::parse_voc_detections(bytes, "fuzz", set);
}

}  // namespace

std::vector<std::string> seed_inputs() {
  const std::string annotation =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]><annotation><!-- \xc3\xa9 "
      "--><size><width>5</width></size>"
      "<object><name>cat &amp; dog</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>30</xmax>"
      "<ymax>4e1</ymax></bndbox><part><name>head</name></part></object><object><name><![CDATA[dog]]></name>"
      "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></object></annotation>";
  const std::string detections = "000005 0.9 1 2 30 40.5\r\n\n000007 -1e-3 1 1 1 1\n";
  read_annotation(annotation);  // sound, or this throws and the target ends
  read_detections(detections);
  return {annotation, detections};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read_annotation);
  read_within_bounds(data, size, read_detections);
  return 0;
}
