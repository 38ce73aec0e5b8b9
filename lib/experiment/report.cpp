// SPDX-License-Identifier: MIT
#include "experiment/report.hpp"

#include <algorithm>
#include <cmath>

#include "core/digits.hpp"
#include "core/error.hpp"
#include "experiment/error_chart.hpp"
#include "paper/imagenet.hpp"
#include "paper/recipe.hpp"

namespace resnet {
namespace {

using Number = std::optional<double>;

Number mean_of(const std::optional<Statistics>& error) { return error ? Number(error->mean) : std::nullopt; }

std::string number_text(const Number& value, const std::string& unit) {
  if (!value) return "-";
  return unit.empty() ? fmt::format("{:.3g}", *value) : fmt::format("{:.2f} {}", *value, unit);
}

/// "+0.03", and "+0.00" for what rounds to nothing from either side.
std::string difference_text(const Number& ours, const Number& paper) {
  return ours && paper ? fmt::format("{:+.2f}", std::round((*ours - *paper) * 100) / 100 + 0.0) : "-";
}

/// "6.43 (6.61 ± 0.16) %" over several runs, "6.43 %" of one.
std::string spread_text(const Number& best, const Number& mean, const Number& deviation) {
  if (!best || !mean || !deviation) return number_text(best, "%");
  return fmt::format("{:.2f} ({:.2f} ± {:.2f}) %", *best, *mean, *deviation);
}

Verdict verdict_of(std::optional<bool> holds) {
  if (!holds) return Verdict::kOpen;
  return *holds ? Verdict::kHolds : Verdict::kFails;
}

/// ImageNet, as the paper's nets see it.
PhotoSetting papers_photos() {
  const Recipe paper = paper::imagenet_recipe({}, /*seed=*/0);
  return {paper::kImageNetClasses,
          paper::kImageNetTrainImages,
          paper::kImageNetValidationImages,
          paper.photos.sizes.crop,
          paper.batch,
          paper.micro_batch,
          /*has_own_colors=*/false};
}

bool are_imagenets(const PhotoSetting& photos) {
  return photos.classes == paper::kImageNetClasses && photos.train_images == paper::kImageNetTrainImages &&
         photos.test_images == paper::kImageNetValidationImages;
}

}  // namespace

bool ReportSetting::is_reduced() const { return photos && (schedule.value() < 1 || *photos != papers_photos()); }

int colour_of(std::int64_t depth) {
  const auto* imagenet = std::ranges::find(paper::kTable1, fmt::format("resnet{}", depth), &paper::ReportedCost::name);
  if (imagenet != paper::kTable1.end()) return static_cast<int>(imagenet - paper::kTable1.begin());
  const auto* row = paper::table6_row(depth);
  return static_cast<int>(row == nullptr ? paper::kTable6.size()
                                         : static_cast<std::size_t>(row - paper::kTable6.data()));
}

LineStyle line_style_of(Family family) { return family == Family::kPlain ? LineStyle::kDashed : LineStyle::kBold; }

std::optional<CsvTable> measured(const RunFolder& run, const std::string& file) {
  if (!std::filesystem::exists(run.path / file)) return std::nullopt;
  CsvTable table = read_csv(run.path / file);
  return table.rows() == 0 ? std::nullopt : std::optional(std::move(table));
}

std::optional<CsvTable> measured(const NetResult& net, const std::string& file) {
  return net.folders.empty() ? std::nullopt : measured(net.folders.front(), file);
}

const NetResult& Report::find(Family family, std::int64_t depth, std::optional<Shortcut> shortcut) const {
  const auto found = std::ranges::find_if(nets_, [&](const NetResult& net) {
    return net.model.family == family && net.model.depth == depth && (!shortcut || net.model.shortcut == *shortcut);
  });
  require(found != nets_.end(), "{}: has no {} of {} layers{}", title_,
          family == Family::kPlain ? "plain net" : "ResNet", depth,
          shortcut ? " with option " + shortcut_name(*shortcut) : "");
  return *found;
}

Nets Report::all() const {
  Nets every;
  for (const NetResult& net : nets_) every.push_back(&net);
  return every;
}

Nets Report::family(Family family) const {
  Nets found;
  for (const NetResult& net : nets_) {
    if (net.model.family == family) found.push_back(&net);
  }
  return found;
}

void Report::row(const std::string& what, Number paper, Number ours, const std::string& unit) {
  rows_.push_back({what, paper, ours, unit});
  lines_.push_back({what, number_text(paper, unit), number_text(ours, unit),
                    setting_.is_reduced() ? "-" : difference_text(ours, paper)});
}

void Report::count_row(const std::string& what, std::optional<std::int64_t> paper, std::int64_t ours) {
  const auto number = [](std::int64_t count) { return static_cast<double>(count); };
  rows_.push_back({what, paper ? Number(number(*paper)) : std::nullopt, number(ours), "", /*is_count=*/true});
  lines_.push_back({what, paper ? with_separators(*paper) : "-", with_separators(ours),
                    paper ? fmt::format("{:+d}", ours - *paper) : "-"});
}

void Report::cost_row(const std::string& what, Number paper, std::int64_t ours) {
  const auto number = static_cast<double>(ours);
  rows_.push_back({what, paper, number, "multiply-adds", /*is_count=*/true});
  lines_.push_back({what, paper ? fmt::format("{:.1f}e9", *paper / 1e9) : "-", with_separators(ours),
                    paper ? fmt::format("{:+.1f} %", 100 * (number - *paper) / *paper) : "-"});
}

void Report::error_row(const NetResult& net, const std::string& error, const std::optional<paper::ReportedError>& paper,
                       const std::optional<Statistics>& ours) {
  add_error(net.name() + ", " + error, paper, ours);
  if (schedule_of({&net}).value() < 1 || setting_.is_reduced()) lines_.back().deviation.assign(1, '-');
}

void Report::error_row(const std::string& what, const paper::ReportedError& paper) {
  add_error(what, paper, std::nullopt);
}

void Report::add_error(const std::string& what, const std::optional<paper::ReportedError>& paper,
                       const std::optional<Statistics>& ours) {
  const bool have_seeds = ours && ours->count > 1;
  const Number reported = paper ? Number(paper->percent) : std::nullopt;
  const Number mean = mean_of(ours);
  const Number deviation = have_seeds ? Number(ours->deviation) : std::nullopt;
  const std::string runs = ours ? fmt::format(" of {} run{}", ours->count, have_seeds ? "s" : "") : "";
  if (paper && paper->mean_percent) {
    const Number best = ours ? Number(ours->least) : std::nullopt;
    rows_.push_back({what + ", best" + runs, reported, best, "%"});
    rows_.push_back({what + ", mean" + runs, paper->mean_percent, mean, "%"});
    rows_.push_back({what + ", standard deviation", paper->deviation_percent, deviation, "%"});
    lines_.push_back(
        {what + ", best (mean ± std)" + runs, spread_text(reported, paper->mean_percent, paper->deviation_percent),
         spread_text(best, mean, deviation),
         ours ? fmt::format("{} ({})", difference_text(best, reported), difference_text(mean, paper->mean_percent))
              : "-"});
  } else if (have_seeds) {
    rows_.push_back({what + ", mean" + runs, reported, mean, "%"});
    rows_.push_back({what + ", standard deviation", std::nullopt, deviation, "%"});
    lines_.push_back({what + ", mean ± std" + runs, number_text(reported, "%"),
                      fmt::format("{:.2f} ± {:.2f} %", *mean, *deviation), difference_text(mean, reported)});
  } else {
    row(what, reported, mean, "%");
  }
}

/// Photographs stand for those that nobody has; CIFAR-10's and ImageNet's are the ones that the paper speaks of.
std::int64_t Report::sampled(ErrorOf images) const {
  if (!setting_.photos || are_imagenets(*setting_.photos)) return 0;
  return images == ErrorOf::kTraining ? setting_.photos->train_images : setting_.photos->test_images;
}

/// Of the shortest runs of these nets.
Fraction Report::schedule_of(const Nets& nets) const {
  Fraction shortest = setting_.schedule;
  for (const NetResult* net : nets) {
    if (net->shorter && net->shorter->value() < shortest.value()) shortest = *net->shorter;
  }
  return shortest;
}

void Report::claim(const std::string& text, const Nets& nets, Verdict verdict, Number measured) {
  const bool is_shorter = std::ranges::any_of(nets, [](const NetResult* net) { return net->shorter.has_value(); });
  claims_.push_back({text, is_shorter ? Verdict::kOpen : verdict, measured, schedule_of(nets)});
}

void Report::expect_higher(const std::string& text, const Nets& nets, ErrorOf images,
                           const std::optional<Statistics>& higher, const std::optional<Statistics>& lower) {
  if (!higher || !lower) return claim(text, nets, Verdict::kOpen, std::nullopt);
  claim(text, nets, is_above(*higher, *lower, setting_.schedule, sampled(images)), higher->mean - lower->mean);
}

void Report::expect_higher_training_error(const std::string& text, const NetResult& higher, const NetResult& lower) {
  expect_higher(text, {&higher, &lower}, ErrorOf::kTraining, higher.training_error(), lower.training_error());
}

void Report::expect_higher_test_error(const std::string& text, const NetResult& higher, const NetResult& lower) {
  expect_higher(text, {&higher, &lower}, ErrorOf::kTest, higher.test_error(), lower.test_error());
}

void Report::expect_higher(const std::string& text, const Nets& nets, ErrorOf images, Number higher, Number lower) {
  const auto one = [](const Number& value) { return value ? std::optional(statistics_of({*value})) : std::nullopt; };
  expect_higher(text, nets, images, one(higher), one(lower));
}

void Report::expect_above(const std::string& text, const NetResult& net, const std::optional<Statistics>& error,
                          double bound) {
  claim(text, {&net}, verdict_of(error ? std::optional(error->mean > bound) : std::nullopt), mean_of(error));
}

void Report::expect_below(const std::string& text, const NetResult& net, const std::optional<Statistics>& error,
                          double bound) {
  claim(text, {&net}, verdict_of(error ? std::optional(error->mean < bound) : std::nullopt), mean_of(error));
}

void Report::expect(const std::string& text, const Nets& nets, std::optional<bool> holds, Number measured) {
  claim(text, nets, verdict_of(holds), measured);
}

void Report::panel(const std::string& title, const Nets& nets, const Range& range) {
  Panel errors = error_panel(title, range);
  for (const NetResult* net : nets) {
    if (net->runs.empty()) continue;
    for (const RunFolder& run : net->folders) curve_file(resnet::curve_file(run), run.eval_csv());
    const auto curves =
        error_series(net->name(), resnet::curve_file(net->folders.front()), colour_of(net->model.depth));
    errors.series.insert(errors.series.end(), curves.begin(), curves.end());
  }
  shows_errors_ = true;
  panel(std::move(errors));
}

void Report::panel(Panel panel) {
  if (!panel.series.empty()) panels_.push_back(std::move(panel));
}

std::optional<Chart> Report::chart() const {
  if (panels_.empty()) return std::nullopt;
  // "Figure 1": the whole title is wider than one panel.
  const std::string title = title_.substr(0, title_.find(". ")) +
                            (setting_.is_synthetic        ? " (made-up data)"
                             : setting_.is_reduced()      ? " (reduced)"
                             : setting_.schedule.is_one() ? ""
                                                          : " (schedule " + setting_.schedule.text() + ")");
  if (!shows_errors_) return Chart{title, panels_, {}};
  return error_chart(title, panels_, setting_.photos ? "validation error" : "test error");
}

}  // namespace resnet
