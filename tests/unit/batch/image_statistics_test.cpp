// SPDX-License-Identifier: MIT
#include "batch/image_statistics.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "batch/loader_speed.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/batch/photo_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

bool always(std::int64_t) { return true; }
void ignore(const std::string&) {}

/// A PNG of one colour, given as R, G, B.
void write_plain(const std::filesystem::path& file, int width, const cv::Vec3b& rgb) {
  std::vector<std::uint8_t> bytes;
  REQUIRE(cv::imencode(".png", cv::Mat_<cv::Vec3b>(5, width, {rgb[2], rgb[1], rgb[0]}), bytes));
  write_atomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

TEST_CASE("statistics count each photograph alike, however large it is") {
  const TempFolder folder;
  write_plain(folder.path() / "a" / "1.png", 3, {255, 0, 51});
  write_plain(folder.path() / "a" / "2.png", 300, {0, 0, 51});
  const auto statistics = measure_statistics(read_photo_set(folder.path()), BadImages::kStop, 1, always, ignore);
  REQUIRE(statistics.has_value());
  CHECK(statistics->images == 2);
  CHECK(statistics->mean[0] == Approx(0.5));
  CHECK(statistics->mean[1] == Approx(0).margin(1e-12));
  CHECK(statistics->mean[2] == Approx(0.2));
  CHECK(statistics->std[0] == Approx(0.5));
  CHECK(statistics->eigenvalues[0] == Approx(0.25));
  CHECK(statistics->eigenvectors[0][0] == Approx(1));
  CHECK(statistics->data_fingerprint == fingerprint(read_photo_set(folder.path())));
}

TEST_CASE("statistics are the same for any number of threads, name what they leave out, and can be stopped") {
  const PhotoFolder folder;
  write_atomically(folder.path() / "class1" / "1.jpg", "no photograph");
  const PhotoSet set = folder.set();
  CHECK_THROWS_WITH(measure_statistics(set, BadImages::kStop, 2, always, ignore), Contains("1.jpg: is no image"));
  std::vector<ColorStatistics> found;
  for (const std::int64_t threads : {0, 1, 4}) {
    std::string sentences;
    const auto statistics = measure_statistics(set, BadImages::kSkip, threads, always,
                                               [&](const std::string& sentence) { sentences += sentence + "\n"; });
    REQUIRE(statistics.has_value());
    CHECK(statistics->images == 11);
    CHECK_THAT(sentences, Contains("1.jpg: is no image"));
    found.push_back(*statistics);
  }
  for (const ColorStatistics& other : found) {
    CHECK(other.mean == found[0].mean);
    CHECK(other.eigenvectors == found[0].eigenvectors);
  }
  CHECK_FALSE(measure_statistics(set, BadImages::kSkip, 2, [](std::int64_t) { return false; }, ignore).has_value());
}

TEST_CASE("statistics are those of all photographs of a set that takes several rounds, the last one not full") {
  const TempFolder folder;
  write_plain(folder.path() / "red.png", 3, {255, 0, 0});
  write_plain(folder.path() / "blue.png", 3, {0, 0, 255});
  std::filesystem::create_directories(folder.path() / "set" / "a");
  // Rounds of 64, 64 and 2 photographs, of which 50, 10 and 1 are red.
  for (int i = 0; i < 130; ++i) {
    const bool is_red = i < 50 || (i >= 64 && i < 74) || i == 129;
    std::filesystem::create_symlink(folder.path() / (is_red ? "red.png" : "blue.png"),
                                    folder.path() / "set" / "a" / fmt::format("{:03}.png", i));
  }
  const PhotoSet set = read_photo_set(folder.path() / "set");
  for (const std::int64_t threads : {0, 3}) {
    CAPTURE(threads);
    std::vector<std::int64_t> told;
    const auto statistics = measure_statistics(
        set, BadImages::kStop, threads,
        [&](std::int64_t done) {
          told.push_back(done);
          return true;
        },
        ignore);
    REQUIRE(statistics.has_value());
    CHECK(statistics->images == 130);
    CHECK(statistics->mean[0] == Approx(61.0 / 130));
    CHECK(statistics->mean[1] == Approx(0).margin(1e-12));
    CHECK(statistics->mean[2] == Approx(69.0 / 130));
    CHECK(told == std::vector<std::int64_t>{0, 64, 128});
    const auto until_64 = [](std::int64_t done) { return done < 64; };
    CHECK_FALSE(measure_statistics(set, BadImages::kStop, threads, until_64, ignore).has_value());
  }
}

TEST_CASE("the loader's speed is measured beside that of a bare decoder") {
  const PhotoFolder folder;
  const LoaderSpeed speed = measure_loader(folder.set(), /*threads=*/2, /*seconds=*/0.1);
  CHECK(speed.images_per_second > 0);
  CHECK(speed.bare_images_per_second > 0);
  CHECK(speed.share_of_bare_decoder() == Approx(speed.images_per_second / speed.bare_images_per_second));
  CHECK_THROWS_AS(measure_loader(folder.set(), 0, 0.1), Error);
}

}  // namespace
}  // namespace resnet
