// SPDX-License-Identifier: MIT
#include "train/image_scores.hpp"

#include <ATen/Functions.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/lines.hpp"
#include "core/names.hpp"
#include "core/shown.hpp"
#include "core/utf8.hpp"
#include "exchange/safetensors.hpp"
#include "train/evaluate.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kBest = 5;
constexpr const char* kCure = "expected a file that `evaluate --scores` or `ensemble --scores` wrote";

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, "\n")); }

const torch::Tensor& tensor(const TensorFile& content, const std::filesystem::path& file, const char* name,
                            std::int64_t rank, torch::ScalarType type) {
  const torch::Tensor* found = content.find(name);
  require(found != nullptr && found->dim() == rank && found->scalar_type() == type,
          "{}: holds no scores: '{}' is missing or of another kind; {}", file.string(), name, kCure);
  return *found;
}

/// The names under this key, a line each, as they may be printed; none if it is not there.
std::vector<std::string> names(const TensorFile& content, const std::filesystem::path& file, const char* key) {
  const auto found = content.metadata.find(key);
  if (found == content.metadata.end()) return {};
  std::vector<std::string> read = lines_of(found->second);
  for (const std::string& name : read) check_name(name, file.string());
  return read;
}

std::vector<std::string> names(const TensorFile& content, const std::filesystem::path& file, const char* key,
                               std::int64_t count) {
  std::vector<std::string> read = names(content, file, key);
  require(std::cmp_equal(read.size(), count), "{}: names {} {}, and has scores of {}; {}", file.string(), read.size(),
          key, count, kCure);
  return read;
}

/// Why the scores are not of the same images; nothing if they are.
std::string difference(const ImageScores& a, const ImageScores& b) {
  if (a.class_names != b.class_names) return "are of other classes";
  if (a.images != b.images) {
    const auto [in_a, in_b] = std::mismatch(a.images.begin(), a.images.end(), b.images.begin(), b.images.end());
    const auto name = [](const auto& at, const std::vector<std::string>& of) {
      return at == of.end() ? std::string("none") : without_controls(*at);
    };
    return fmt::format("are of other images ({} and {} of them; the first that differ: {} and {})", a.images.size(),
                       b.images.size(), name(in_a, a.images), name(in_b, b.images));
  }
  if (a.left_out != b.left_out) return "leave other images out";
  return torch::equal(a.labels, b.labels) ? "" : "have other labels";
}

/// The places in which the names stand in rising order.
std::vector<std::int64_t> sorted_places(const std::vector<std::string>& names) {
  std::vector<std::int64_t> places(names.size());
  std::iota(places.begin(), places.end(), 0);
  std::ranges::sort(places, {},
                    [&](std::int64_t i) -> const std::string& { return names[static_cast<std::size_t>(i)]; });
  return places;
}

}  // namespace

ScoreErrors errors_of(const ImageScores& scores) {
  const torch::Tensor known = scores.labels.ge(0);
  const torch::Tensor labels = scores.labels.masked_select(known);
  require(labels.numel() > 0, "{}: no image's class is known, so there is no error", scores.made_by);
  const torch::Tensor rows = scores.probabilities.index_select(0, known.nonzero().view(-1));
  return {labels.numel(), count_errors(rows, labels), count_top5_errors(rows, labels)};
}

ImageScores mean_of(const std::vector<ImageScores>& scores) {
  require(!scores.empty(), "the mean of no scores was asked for");
  ImageScores mean = scores.front();
  mean.probabilities = mean.probabilities.to(torch::kDouble);
  for (auto other = scores.begin() + 1; other != scores.end(); ++other) {
    const std::string fault = difference(scores.front(), *other);
    require(fault.empty(), "the scores of {} {} than those of {}; test both nets on the same folder", other->made_by,
            fault, scores.front().made_by);
    mean.probabilities += other->probabilities;
    mean.made_by += "; " + other->made_by;
  }
  mean.probabilities = mean.probabilities.div_(static_cast<double>(scores.size())).to(torch::kFloat);
  return mean;
}

void save_scores(const std::filesystem::path& file, const ImageScores& scores) {
  TensorFile content;
  content.tensors = {{"probabilities", scores.probabilities}, {"labels", scores.labels}};
  content.metadata = {{"images", joined(scores.images)},
                      {"classes", joined(scores.class_names)},
                      {"made_by", as_utf8(scores.made_by)}};  // which names a path
  if (!scores.left_out.empty()) content.metadata["left_out"] = joined(scores.left_out);
  save_safetensors(file, content);
}

ImageScores load_scores(const std::filesystem::path& file) {
  const TensorFile content = load_safetensors(file);
  ImageScores scores;
  scores.probabilities = tensor(content, file, "probabilities", 2, torch::kFloat);
  scores.labels = tensor(content, file, "labels", 1, torch::kLong);
  const std::int64_t images = scores.probabilities.size(0);
  const std::int64_t classes = scores.probabilities.size(1);
  require(images > 0 && classes > 0 && scores.labels.size(0) == images,
          "{}: has scores of {} images and labels of {}; {}", file.string(), images, scores.labels.size(0), kCure);
  require(scores.labels.ge(-1).logical_and(scores.labels.lt(classes)).all().item<bool>() &&
              scores.probabilities.isfinite().all().item<bool>(),
          "{}: has labels beyond its {} classes, or scores that are no numbers; {}", file.string(), classes, kCure);
  scores.images = names(content, file, "images", images);
  scores.left_out = names(content, file, "left_out");
  scores.class_names = names(content, file, "classes", classes);
  const auto made_by = content.metadata.find("made_by");
  scores.made_by = made_by == content.metadata.end() ? file.string() : without_controls(made_by->second);
  return scores;
}

std::vector<std::int64_t> server_numbers(const std::vector<std::string>& class_names,
                                         const std::vector<std::string>& server_classes) {
  require(std::cmp_greater_equal(class_names.size(), kBest),
          "a submission has the five best classes of an image, and there are {}", class_names.size());
  std::vector<std::int64_t> numbers;
  for (const std::string& name : class_names) {
    const auto found = std::ranges::find(server_classes, name);
    require(found != server_classes.end(), "the class '{}' is not among the {} of the server; give its list of classes",
            name, server_classes.size());
    numbers.push_back(found - server_classes.begin() + 1);
  }
  return numbers;
}

std::string submission_of(const ImageScores& scores, const std::vector<std::int64_t>& numbers) {
  require(scores.left_out.empty(),
          "a submission has a line for every image, and {} could not be read, {} among them; mend it and test again",
          scores.left_out.size(), scores.left_out.empty() ? "" : scores.left_out.front());
  const torch::Tensor best = std::get<1>(scores.probabilities.topk(kBest, 1)).contiguous();
  const std::int64_t* rows = best.const_data_ptr<std::int64_t>();
  std::string lines;
  for (const std::int64_t image : sorted_places(scores.images)) {
    std::vector<std::int64_t> five;
    for (std::int64_t i = 0; i < kBest; ++i) {
      five.push_back(numbers[static_cast<std::size_t>(rows[image * kBest + i])]);
    }
    lines += fmt::format("{}\n", fmt::join(five, " "));
  }
  return lines;
}

}  // namespace resnet
