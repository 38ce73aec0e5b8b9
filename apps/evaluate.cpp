// SPDX-License-Identifier: MIT
// Tests a trained net on CIFAR-10's test images, or on photographs in any of the paper's three ways.
#include "train/evaluate.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/progress.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "core/stop_request.hpp"
#include "exchange/read_net.hpp"
#include "experiment/loaded_data.hpp"
#include "experiment/model_flags.hpp"
#include "experiment/photo_testing.hpp"
#include "experiment/runtime_flags.hpp"
#include "record/markdown_table.hpp"
#include "tensor/precision.hpp"
#include "train/photo_scores.hpp"

namespace {

/// That of the test, as a scope has set it.
std::string precision_on(const resnet::Runtime& runtime) {
  return resnet::precision_name(resnet::current_precision(runtime.device));
}

void print_result(const resnet::Evaluation& result, const std::string& precision,
                  const std::vector<std::string>& names) {
  resnet::print("{}: test error {:.2f} % ({} of {} images), top-5 error {:.2f} %, loss {:.5f} nats\n\n", precision,
                result.error_percent(), result.errors, result.images, result.top5_error_percent(), result.loss_nats);
  std::vector<std::string> header = {"class \\ taken for"};
  header.insert(header.end(), names.begin(), names.end());
  std::vector<std::vector<std::string>> rows;
  const torch::Tensor confusion = resnet::confusion_of(result);
  for (std::size_t row = 0; row < names.size(); ++row) {
    rows.push_back({names[row]});
    for (std::size_t column = 0; column < names.size(); ++column) {
      const auto cell = confusion[static_cast<std::int64_t>(row)][static_cast<std::int64_t>(column)];
      rows.back().push_back(fmt::format("{}", cell.item<std::int64_t>()));
    }
  }
  resnet::print("{}", resnet::markdown_table(header, rows));
}

nlohmann::ordered_json to_json(const resnet::Evaluation& result, const std::string& precision) {
  return {{"precision", precision},
          {"errors", result.errors},
          {"images", result.images},
          {"top1_error_percent", result.error_percent()},
          {"top5_error_percent", result.top5_error_percent()},
          {"loss_nats", result.loss_nats}};
}

/// Says on the line how many of the images are done, and whether to go on.
auto tell_done(resnet::ProgressLine& line, std::int64_t images) {
  return [&line, images](std::int64_t done) {
    line.update(fmt::format("{} of {} images", done, images));
    return !resnet::stop_requested();
  };
}

int test_on_cifar(const resnet::Options& options, const resnet::ReadNet& model, const resnet::Runtime& runtime) {
  const resnet::ImageSet test = resnet::load_cifar10(options).test;
  const auto tested = [&] {
    resnet::ProgressLine line;  // ends before the result is printed
    return resnet::evaluate(*model.net, test, model.input, runtime.device, tell_done(line, test.size()));
  };
  const auto result = tested();
  if (!result) return 1;
  resnet::require(std::isfinite(result->loss_nats),
                  "{}: its scores are not finite; are these the weights, and the --mean and --std, of the net?",
                  options.words().front());
  if (options.is_on("json")) {
    resnet::print_json(to_json(*result, precision_on(runtime)));
  } else {
    print_result(*result, precision_on(runtime), test.class_names);
  }
  return 0;
}

int test_on_photos(const resnet::Options& options, const resnet::ReadNet& model, const resnet::Runtime& runtime) {
  const resnet::PhotoTest how = resnet::photo_test_from(options, model);
  const resnet::PhotoSet set = resnet::test_photos_from(options, model);
  const resnet::ScoreFiles files = resnet::score_files_from(options, set.class_names);
  const auto tested = [&] {
    resnet::ProgressLine line;
    return resnet::score_photos(*model.net, set, how, runtime.device, tell_done(line, set.size()),
                                [&](const std::string& sentence) { line.say(sentence); });
  };
  auto scores = tested();
  if (!scores) return 1;
  scores->made_by = fmt::format("{}, {}", options.words().front(), scores->made_by);
  resnet::write_scores(files, *scores);
  if (options.is_on("json")) {
    nlohmann::ordered_json json = resnet::scores_json(*scores);
    json["precision"] = precision_on(runtime);
    resnet::print_json(json);
  } else {
    resnet::print("{}: {}", precision_on(runtime), resnet::scores_text(*scores));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("evaluate", "Tests a trained net on CIFAR-10's 10,000 test images, or on photographs.");
    options.add_words(
        "PATH", 1, 1,
        "a run's folder, an imported net's, a file of weights, or an exported .pt; run a .pt only if you trust it");
    resnet::add_model_flags(options);
    resnet::add_data_flags(options);
    options.add("out", "", "folder that made-up photographs are put into [out]");
    resnet::add_photo_test_flags(options);
    resnet::add_score_flags(options);
    options.add("precision", "", "arithmetic: fp32, or bf16 with float32 weights [that of its training, or fp32]");
    resnet::add_runtime_flags(options);
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;

    const resnet::ModelHints hints = resnet::model_hints_from(options);
    std::optional<resnet::Precision> precision;
    if (options.given("precision")) precision = options.parsed("precision", resnet::parse_precision);
    resnet::turn_signals_into_requests();
    const resnet::Runtime runtime = resnet::runtime_from(options);
    const resnet::ReadNet model = resnet::read_net(options.words().front(), hints);
    model.net->to(runtime.device);
    const resnet::PrecisionScope scope(precision.value_or(model.precision), runtime.device);
    const auto test = resnet::is_photo_test(options, model) ? test_on_photos : test_on_cifar;
    return test(options, model, runtime);
  });
}
