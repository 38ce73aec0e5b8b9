// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace resnet {

/// The flags of one program: declared, then read from the command line and from the INI file given by `--config`.
///
/// The command line wins over the file, the file over the default. Unknown flags and keys are rejected, and flags must
/// be spelt out. A bad value on the command line throws Error with Fault::kUsage, one in the file with Fault::kWorld.
///
///     Options options("describe", "Prints a network layer by layer.");
///     options.add("model", "resnet20", "network, e.g. plain20 or resnet56");
///     options.add_switch("json", "print one JSON object");
///     if (!options.parse(argc, argv)) return 0;  // --help was printed
///     const ModelSpec spec = options.parsed("model", parse_model_name);
class Options {
 public:
  Options(std::string program, std::string summary);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  /// A flag with a value. An empty default means that the flag may be left out and then `given` is false.
  void add(const std::string& name, const std::string& default_text, const std::string& help);

  /// A flag without a value.
  void add_switch(const std::string& name, const std::string& help);

  /// The words that are not flags, of which there must be from `least` to `most`.
  void add_words(const std::string& name, std::size_t least, std::size_t most, const std::string& help);

  /// Adds `--config FILE`: an INI file whose keys are the flags' names.
  void add_config();

  /// Reads the command line. Returns false if `--help` was asked for and printed.
  bool parse(int argc, const char* const* argv);

  /// Whether the flag stands on the command line or in the file.
  bool given(const std::string& name) const;

  bool is_on(const std::string& name) const { return given(name); }
  std::string text(const std::string& name) const;
  std::int64_t integer(const std::string& name, std::int64_t least, std::int64_t most) const;
  double number(const std::string& name, double least, double most) const;
  std::filesystem::path path(const std::string& name) const { return text(name); }

  const std::vector<std::string>& words() const { return words_; }

  /// The value as the parser reads it; its Error becomes one that names the flag and where it was set.
  template <typename Parser>
  auto parsed(const std::string& name, Parser parser) const {
    const std::string value = text(name);
    try {
      return parser(value);
    } catch (const Error& error) {
      reject(name, error.what());
    }
  }

  /// Whether the value stands in the file, and not on the command line.
  bool is_from_file(const std::string& name) const;

  /// Throws Error: this flag's value cannot be used, for this reason.
  [[noreturn]] void reject(const std::string& name, const std::string& reason) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::vector<std::string> words_;
};

/// Reads a whole number in [least, most] and nothing else. Throws Error.
std::int64_t parse_integer(const std::string& text, std::int64_t least, std::int64_t most);

/// Reads a finite number in [least, most] and nothing else. Throws Error.
double parse_number(const std::string& text, double least, double most);

/// The parts between commas. Throws Error if there is none or one is empty.
std::vector<std::string> split_list(const std::string& text);

}  // namespace resnet
