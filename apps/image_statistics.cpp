// SPDX-License-Identifier: MIT
// Measures mean, deviation and principal axes of the colours of a folder's training images, once, and stores them.
#include "batch/image_statistics.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/progress.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "dataset/photo_set.hpp"

namespace {

/// Nothing if a stop was asked for.
std::optional<resnet::ColorStatistics> measure(const resnet::PhotoSet& set, resnet::BadImages bad_images,
                                               std::int64_t threads) {
  resnet::ProgressLine line;  // ends before the result is printed
  return resnet::measure_statistics(
      set, bad_images, threads,
      [&](std::int64_t done) {
        if (line.due()) line.update(fmt::format("{} of {} images", done, set.size()));
        return !resnet::stop_requested();
      },
      [&](const std::string& sentence) { line.say(sentence); });
}

void print_rgb(const char* name, const resnet::Rgb& rgb) {
  resnet::print("  {:<12} {:8.5f} {:8.5f} {:8.5f}\n", name, rgb[0], rgb[1], rgb[2]);
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options(
        "image_statistics",
        "Measures mean, deviation and principal axes of the colours of a folder's training images.");
    options.add_words("DIR", 1, 1, "train/<class>/ and val/<class>/, lists, or a folder for each class");
    options.add("out", "",
                "file to write; by default DIR/image_statistics.json, which a training takes as --colors FILE");
    options.add("bad-images", "stop", "what a file that cannot be read does: stop, or skip (it is named and left out)");
    options.add("loader-threads", std::to_string(std::max(1U, std::thread::hardware_concurrency())),
                "threads that decode");
    if (!options.parse(argc, argv)) return 0;
    const std::filesystem::path folder = options.words()[0];
    const std::filesystem::path out = options.given("out") ? options.path("out") : folder / "image_statistics.json";
    const auto bad_images = options.parsed("bad-images", resnet::parse_bad_images);
    const std::int64_t threads = options.integer("loader-threads", 0, 1024);
    const resnet::PhotoSet set = resnet::read_photo_part(folder, "train");
    resnet::require_writable_file(out);
    resnet::turn_signals_into_requests();

    const auto statistics = measure(set, bad_images, threads);
    resnet::require(statistics.has_value(), "image_statistics: stopped; nothing was written");
    resnet::write_statistics(out, *statistics);
    resnet::print("{} of {} images, of 0..1, in R, G, B:\n", statistics->images, set.size());
    print_rgb("mean", statistics->mean);
    print_rgb("deviation", statistics->std);
    for (std::size_t i = 0; i < 3; ++i) {
      print_rgb("axis", statistics->eigenvectors[i]);
      resnet::print("    variance   {:.6f}\n", statistics->eigenvalues[i]);
    }
    resnet::tell("written to {}\n", out.string());
    return 0;
  });
}
