// SPDX-License-Identifier: MIT
// The script `run`, in a project of one program, with stand-ins for the package manager, CMake and LibTorch: so it takes
// no time, and nothing is built.
#include <filesystem>
#include <fstream>

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
    std::ofstream(root_ / "apps" / "hello.cpp") << "// SPDX-License-Identifier: MIT\n// Says hello.\n";
    fs::create_directories(torch_ / "share/cmake/Torch");
    std::ofstream(torch_ / "share/cmake/Torch/TorchConfig.cmake");

    // Every package is installed but those in $missing.
    write_script(
        bin_ / "dpkg-query",
        R"(for name; do [[ $name == -* || " $missing " == *" $name "* ]] || echo -n " $name=installed "; done)");
    write_script(bin_ / "dpkg", "");
    write_script(bin_ / "sudo", R"([[ $1 == -n ]] && shift; exec "$@")");
    write_script(bin_ / "apt-get", R"(echo "apt-get $*" >&2)");
    // Configures, and then builds a program that says where it is and what it was given, and ends with 7.
    write_script(bin_ / "cmake", R"(
if [[ $1 == --build ]]; then
  echo "building $4"
  mkdir -p "$2/bin"
  printf '%s\n' '#!/bin/bash' 'echo "hello from $RESNET_ROOT"' 'printf "<%s>\n" "$@"' 'exit 7' > "$2/bin/$4"
  chmod +x "$2/bin/$4"
else
  echo "configuring"
  for word; do [[ $word == -DTorch_DIR* ]] && torch=${word#*=}; done
  touch "$3/build/$5/build.ninja"
  printf '%s\n' "Torch_DIR:PATH=$torch" "CMAKE_HOME_DIRECTORY:INTERNAL=$3" > "$3/build/$5/CMakeCache.txt"
fi)");
  }

  const fs::path& root() const { return root_; }

  /// `./run` with these words, called from the root folder of the system; `settings` are shell assignments.
  ProgramResult run(const std::string& words, const std::string& settings = "") const {
    return run_command("cd / && RESNET_PRESET=release PATH=" + quoted(bin_) + ":$PATH TMPDIR=" + quoted(temporary_) +
                       " CMAKE_PREFIX_PATH=" + quoted(torch_) + " " + settings + " " + quoted(root_ / "run") + " " +
                       words);
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

TEST_CASE("run installs the Debian packages that are missing, and clang-tidy for its preset alone") {
  const Checkout checkout;
  const auto install = [&](const std::string& settings) { return checkout.run("hello", settings).standard_error; };
  CHECK_THAT(install(""), !Contains("apt-get"));
  CHECK_THAT(install("missing='ccache curl'"),
             Contains("apt-get") && Contains("--no-install-recommends ccache curl\n"));
  CHECK_THAT(install("missing=clang-tidy-19"), !Contains("apt-get"));
  CHECK_THAT(install("missing=clang-tidy-19 RESNET_PRESET=tidy"), Contains("--no-install-recommends clang-tidy-19\n"));
}

TEST_CASE("run ends with 1 and says so where the program cannot be built") {
  const Checkout checkout;
  fs::remove(checkout.root() / "apps" / "hello.cpp");
  std::ofstream(checkout.root() / "apps" / "broken.cpp") << "// SPDX-License-Identifier: MIT\n// Does not compile.\n";
  fs::create_directories(checkout.root() / "build" / "release");
  std::ofstream(checkout.root() / "build" / "release" / "bin") << "a file where the programs go";
  const auto result = checkout.run("broken");
  CHECK(result.exit_code == 1);
  CHECK(result.standard_output.empty());
  CHECK_THAT(result.standard_error, Contains("run: could not build broken"));
}

TEST_CASE("run plot gets no LibTorch and none of the packages that only other programs need") {
  const Checkout checkout;
  std::ofstream(checkout.root() / "apps" / "plot.cpp") << "// SPDX-License-Identifier: MIT\n// Draws.\n";
  const auto first = checkout.run("plot folder", "CMAKE_PREFIX_PATH= missing=libopencv-dev");
  INFO(first.standard_error);
  CHECK(first.exit_code == 7);
  CHECK_THAT(first.standard_output, Contains("<folder>"));
  CHECK_THAT(first.standard_error, Contains("configuring") && !Contains("LibTorch") && !Contains("apt-get"));
  CHECK(fs::exists(checkout.root() / "build/plot/bin/plot"));
  CHECK_THAT(checkout.run("plot folder", "CMAKE_PREFIX_PATH=").standard_error, !Contains("configuring"));
  CHECK_THAT(checkout.run("plot folder", "missing=gnuplot-nox").standard_error, Contains("gnuplot-nox\n"));
}

TEST_CASE("the build of plot alone asks for neither LibTorch nor OpenCV") {
  const TempFolder folder;
  const auto configured =
      run_command("cmake -G Ninja -S " + quoted(RESNET_SOURCE_DIR) + " -B " + quoted(folder.path()) +
                  " -DRESNET_PLOT_ONLY=ON -DBUILD_TESTING=OFF -DCMAKE_DISABLE_FIND_PACKAGE_OpenCV=ON"
                  " -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON");
  INFO(configured.standard_output << configured.standard_error);
  CHECK(configured.exit_code == 0);
  const std::string rules = resnet::read_file(folder.path() / "build.ninja");
  CHECK_THAT(rules, Contains("bin/plot") && !Contains("torch") && !Contains("opencv"));
}
