// SPDX-License-Identifier: MIT
#include "detect/coco_entry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "core/names.hpp"

namespace resnet {
namespace {

using Json = nlohmann::json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();  // within no bounds
constexpr std::size_t kDeepest = 100;

// What a CocoEntry is asked for. Of a list five values are kept, enough to see that they are not four.
constexpr std::array<std::string_view, 9> kFields = {"id",   "file_name", "name",    "image_id", "category_id",
                                                     "bbox", "area",      "iscrowd", "score"};
constexpr std::size_t kLongestField = 5;

struct List {
  std::string_view name;
  const TakeCocoEntry* take;
  std::size_t entries = 0;
  bool is_there = false;
};

/// Hears of a JSON text piece by piece, and keeps the fields of the entry it is in.
///
/// The parser's own callback, which drops what is not wanted of a document, takes quadratic time for long lists.
class ListReader final : public nlohmann::json_sax<Json> {
 public:
  ListReader(const std::string& file, std::vector<List>& lists, std::size_t most)
      : file_(file), lists_(lists), most_(most) {}

  /// The text itself is this list.
  void expect(List& list) {
    next_list_ = &list;
    is_object_of_lists_ = false;
  }

  bool null() override { return value(nullptr); }
  bool boolean(bool truth) override { return value(truth); }
  bool number_integer(Json::number_integer_t number) override { return value(number); }
  bool number_unsigned(Json::number_unsigned_t number) override { return value(number); }
  bool number_float(Json::number_float_t number, const std::string&) override { return value(number); }
  bool string(std::string& text) override { return value(std::move(text)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

  bool key(std::string& name) override {
    if (list_ == nullptr && depth_ == 1 && is_object_of_lists_) {
      const auto found = std::ranges::find(lists_, name, &List::name);
      next_list_ = found == lists_.end() ? nullptr : &*found;
    } else if (list_ != nullptr && level() == 1) {
      const bool is_asked_for = std::ranges::find(kFields, name) != kFields.end();
      field_ = is_asked_for ? &entry_[name] : nullptr;
    }
    return true;
  }

 private:
  /// Where we are in a list: 0 between its entries, 1 in one of them, 2 in a field of that.
  std::size_t level() const { return depth_ - list_depth_; }

  bool value(Json json) {
    keep(std::move(json));
    if (list_ != nullptr && level() == 0) end_entry();
    return true;
  }

  bool open(Json empty) {
    const bool begins_list = list_ == nullptr && next_list_ != nullptr && empty.is_array();
    if (begins_list) {
      begin(*next_list_);
    } else {
      keep(std::move(empty));
    }
    return ++depth_ <= kDeepest;
  }

  bool close() {
    --depth_;
    if (list_ == nullptr) return true;
    if (depth_ < list_depth_) {
      list_ = nullptr;
    } else if (level() == 0) {
      end_entry();
    }
    return true;
  }

  void begin(List& list) {
    require(!list.is_there, "{}: has two lists \"{}\", expected one", file_, list.name);
    list.is_there = true;
    list_ = &list;
    list_depth_ = depth_ + 1;
    next_list_ = nullptr;
  }

  void keep(Json json) {
    next_list_ = nullptr;
    if (list_ == nullptr) return;
    if (level() == 0) {
      entry_ = std::move(json);
      field_ = nullptr;
    } else if (level() == 1 && field_ != nullptr) {
      *field_ = std::move(json);
    } else if (level() == 2 && field_ != nullptr && field_->is_array() && field_->size() < kLongestField) {
      field_->push_back(std::move(json));
    }
  }

  void end_entry() {
    require(list_->entries < most_,
            "{}: \"{}\" has more entries than {}; leave out what is not needed, or detections "
            "of low scores",
            file_, list_->name, most_);
    (*list_->take)(CocoEntry(entry_, file_, list_->name, list_->entries++));
  }

  const std::string& file_;
  std::vector<List>& lists_;
  const std::size_t most_;          // entries of a list
  bool is_object_of_lists_ = true;  // false: the text itself is the list
  List* next_list_ = nullptr;       // the one that begins if a list comes next
  List* list_ = nullptr;            // the one we are in
  std::size_t depth_ = 0;
  std::size_t list_depth_ = 0;
  Json entry_;
  Json* field_ = nullptr;  // of the entry, if it is kept
};

void parse(std::string_view json, const std::string& file, ListReader& reader) {
  require(Json::sax_parse(json, &reader), "{}: is no JSON, or is nested more than {} times; is it whole?", file,
          kDeepest);
}

}  // namespace

void read_coco_lists(std::string_view json, const std::string& file,
                     const std::map<std::string, TakeCocoEntry, std::less<>>& take_of_list) {
  std::vector<List> lists;
  for (const auto& [name, take] : take_of_list) lists.push_back({name, &take});
  ListReader reader(file, lists, kMostCocoEntries);
  parse(json, file, reader);
  for (const List& list : lists) {
    require(
        list.is_there,
        "{}: has no list \"{}\"; expected COCO's annotations, a JSON object with images, categories and annotations",
        file, list.name);
  }
}

void read_coco_list(std::string_view json, const std::string& file, const std::string& list, const TakeCocoEntry& take,
                    std::size_t most) {
  std::vector<List> lists = {{list, &take}};
  ListReader reader(file, lists, most);
  reader.expect(lists.front());
  parse(json, file, reader);
  require(lists.front().is_there, "{}: is no JSON list; expected COCO's results", file);
}

const nlohmann::json& CocoEntry::field(const char* name, const char* expected) const {
  if (!has(name)) reject("has no \"{}\", expected {}", name, expected);
  return json_.at(name);
}

std::int64_t CocoEntry::integer(const char* name) const {
  const nlohmann::json& value = field(name, "a whole number");
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()));
  if (!fits) reject("\"{}\" is no whole number", name);
  return value.get<std::int64_t>();
}

std::string CocoEntry::text_or_none(const char* name) const {
  return has(name) && json_.at(name).is_string() ? json_.at(name).get<std::string>() : "";
}

double CocoEntry::number(const char* name, double least, double most) const {
  const nlohmann::json& value = field(name, "a number");
  const double number = value.is_number() ? value.get<double>() : kNone;
  if (!(number >= least && number <= most)) reject("\"{}\" is no number from {} to {}", name, least, most);
  return number;
}

std::string CocoEntry::name() const {
  const nlohmann::json& value = field("name", "that of a class");
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) reject("\"name\" is no text, or an empty one");
  check_name(value.get_ref<const std::string&>(), where());
  return value.get<std::string>();
}

bool CocoEntry::truth(const char* name) const {
  const nlohmann::json& value = field(name, "0 or 1");
  if (value.is_boolean()) return value.get<bool>();
  if (!value.is_number_integer() || (value != 0 && value != 1)) reject("\"{}\" is neither 0 nor 1", name);
  return value == 1;
}

Box CocoEntry::box(const char* name) const {
  constexpr const char* kExpected = "[left, top, width, height] in pixels, each from -1e6 to 1e6";
  const nlohmann::json& value = field(name, kExpected);
  if (!value.is_array() || value.size() != 4) reject("\"{}\" is no list of four, expected {}", name, kExpected);
  double sides[4];
  for (std::size_t i = 0; i < 4; ++i) {
    sides[i] = value[i].is_number() ? value[i].get<double>() : kNone;
    if (!(std::abs(sides[i]) <= 1e6)) reject("\"{}\" holds what is no such number, expected {}", name, kExpected);
  }
  if (sides[2] < 0 || sides[3] < 0) reject("\"{}\" has a width or height below 0, expected {}", name, kExpected);
  return {sides[0], sides[1], sides[2], sides[3]};
}

}  // namespace resnet
