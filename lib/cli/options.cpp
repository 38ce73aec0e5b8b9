// SPDX-License-Identifier: MIT
#include "cli/options.hpp"

#include <boost/program_options.hpp>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "cli/print.hpp"
#include "core/lines.hpp"
#include "core/number.hpp"
#include "core/shown.hpp"

namespace resnet {

namespace po = boost::program_options;

struct Options::State {
  std::string program;
  std::string summary;
  po::options_description flags{"Flags", 100, 50};
  po::variables_map values;
  std::map<std::string, std::string> defaults;
  std::set<std::string> on_command_line;
  std::string words_name;
  std::size_t least_words = 0;
  std::size_t most_words = 0;
  std::string words_help;
  bool has_config = false;
};

namespace {

po::parsed_options parse_command_line(int argc, const char* const* argv, const po::options_description& all,
                                      const po::positional_options_description& positional) {
  using Style = po::command_line_style::style_t;
  const int style = Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next;
  try {
    return po::command_line_parser(argc, argv).options(all).positional(positional).style(style).run();
  } catch (const po::unknown_option& error) {
    throw Error(fmt::format("unknown flag {}; --help lists the flags", error.get_option_name()), Fault::kUsage);
  } catch (const po::too_many_positional_options_error&) {
    throw Error("a word too many on the command line; flags start with --, see --help", Fault::kUsage);
  } catch (const po::error& error) {
    throw Error(fmt::format("{}; see --help", error.what()), Fault::kUsage);
  }
}

// The text of a configuration file. Boost takes all behind a '#' for a comment, also in the middle of a word.
std::string configuration_in(const std::string& file_name) {
  std::ifstream file(file_name);
  require(file.good(), "{}: cannot read this configuration file", file_name);
  std::string bytes;
  for (std::string line; std::getline(file, line);) bytes += line + "\n";
  require(!file.bad(), "{}: cannot read this configuration file", file_name);  // a folder opens, and has no bytes
  std::string text;
  for (const std::string& line : lines_of(bytes)) {
    const std::size_t comment = line.find('#');
    const bool cuts_word =
        comment != std::string::npos && comment > 0 && line[comment - 1] != ' ' && line[comment - 1] != '\t';
    require(!cuts_word,
            "{}: in '{}' the '#' would begin a comment; take the line out and give its flag, or put a space before a "
            "comment",
            file_name, shown(line));
    text += line + "\n";
  }
  return text;
}

// A file cannot ask for help, or for another file.
po::options_description keys_of(const po::options_description& flags) {
  po::options_description keys;
  for (const auto& flag : flags.options()) {
    if (flag->long_name() != "help" && flag->long_name() != "config") keys.add(flag);
  }
  return keys;
}

}  // namespace

Options::Options(std::string program, std::string summary) : state_(std::make_unique<State>()) {
  state_->program = std::move(program);
  state_->summary = std::move(summary);
  state_->flags.add_options()("help", "print this and end");
}

Options::~Options() = default;

void Options::add(const std::string& name, const std::string& default_text, const std::string& help) {
  state_->defaults[name] = default_text;
  const std::string shown = default_text.empty() ? help : fmt::format("{} [{}]", help, default_text);
  state_->flags.add_options()(name.c_str(), po::value<std::string>()->value_name("..."), shown.c_str());
}

void Options::add_switch(const std::string& name, const std::string& help) {
  state_->flags.add_options()(name.c_str(), po::bool_switch(), help.c_str());
}

void Options::add_words(const std::string& name, std::size_t least, std::size_t most, const std::string& help) {
  state_->words_name = name;
  state_->least_words = least;
  state_->most_words = most;
  state_->words_help = help;
}

void Options::add_config() {
  state_->has_config = true;
  add("config", "", "INI file with flags as keys; flags win over it");
}

bool Options::parse(int argc, const char* const* argv) {
  State& state = *state_;
  po::options_description all;
  all.add(state.flags);
  po::positional_options_description positional;
  if (state.most_words > 0) {
    all.add_options()("words", po::value<std::vector<std::string>>());
    positional.add("words", -1);
  }
  const po::parsed_options parsed = parse_command_line(argc, argv, all, positional);
  for (const auto& option : parsed.options) {
    if (option.position_key >= 0) continue;
    require_usage(option.string_key != "words", "unknown flag --words; --help lists the flags");
    // Boost would take the flag that follows for the value.
    const bool is_flag_taken = !option.value.empty() && option.value.front().starts_with("--");
    require_usage(!is_flag_taken, "--{} has no value; see --help", option.string_key);
    require_usage(state.on_command_line.insert(option.string_key).second, "--{} is given twice", option.string_key);
  }
  po::store(parsed, state.values);

  if (state.values.count("help") > 0) {
    std::ostringstream help;
    help << state.summary << "\n\nUsage: ./run " << state.program;
    if (!state.words_name.empty()) help << " " << state.words_name;
    help << " [flags]\n";
    if (!state.words_help.empty()) help << "  " << state.words_name << ": " << state.words_help << "\n";
    help << "\n" << state.flags;
    print_text(help.str());
    return false;
  }

  if (state.has_config && given("config")) {
    const std::string file_name = text("config");
    std::istringstream lines(configuration_in(file_name));
    try {
      po::store(po::parse_config_file(lines, keys_of(state.flags)), state.values);
    } catch (const po::unknown_option& error) {
      fail("{}: unknown key '{}'; the keys are the flags that --help lists, but for config and help", file_name,
           error.get_option_name());
    } catch (const po::error& error) {
      fail("{}: {}", file_name, error.what());
    }
  }

  if (state.values.count("words") > 0) words_ = state.values["words"].as<std::vector<std::string>>();
  for (const std::string& word : words_) {
    require_usage(!word.empty(), "a word on the command line is empty; expected {}", state.words_name);
    // What looks like a flag stands behind a lone --.
    require_usage(word[0] != '-' || word.starts_with("--"), "unknown flag {}; flags start with --, see --help", word);
  }
  require_usage(words_.size() >= state.least_words, "expected {} {}, got {}; see --help", state.least_words,
                state.words_name, words_.size());
  require_usage(words_.size() <= state.most_words, "'{}' is a word too many on the command line; see --help",
                words_.empty() ? "" : words_.back());
  return true;
}

bool Options::given(const std::string& name) const {
  const auto found = state_->values.find(name);
  if (found == state_->values.end()) return false;
  const bool* on = boost::any_cast<bool>(&found->second.value());
  return on == nullptr || *on;
}

std::string Options::text(const std::string& name) const {
  const auto found = state_->values.find(name);
  const std::string value = found == state_->values.end() ? state_->defaults.at(name) : found->second.as<std::string>();
  if (value.empty() && found != state_->values.end()) reject(name, "the value is empty");
  return value;
}

std::int64_t Options::integer(const std::string& name, std::int64_t least, std::int64_t most) const {
  return parsed(name, [&](const std::string& value) { return parse_integer(value, least, most); });
}

double Options::number(const std::string& name, double least, double most) const {
  return parsed(name, [&](const std::string& value) { return parse_number(value, least, most); });
}

bool Options::is_from_file(const std::string& name) const {
  return given(name) && state_->on_command_line.count(name) == 0;
}

void Options::reject(const std::string& name, const std::string& reason) const {
  if (is_from_file(name)) throw Error(fmt::format("{}: {}: {}", text("config"), name, reason));
  throw Error(fmt::format("--{}: {}", name, reason), Fault::kUsage);
}

std::int64_t parse_integer(const std::string& text, std::int64_t least, std::int64_t most) {
  const std::optional<std::int64_t> value = whole_number(text);
  require(value && *value >= least && *value <= most, "'{}' is not a whole number from {} to {}", text, least, most);
  return *value;
}

double parse_number(const std::string& text, double least, double most) {
  const std::optional<double> value = finite_number(text);
  require(value && *value >= least && *value <= most, "'{}' is not a number from {} to {}", text, least, most);
  return *value;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    parts.push_back(text.substr(start, comma - start));
    require(!parts.back().empty(), "'{}' has an empty part; expected values with a comma between, e.g. 20,56", text);
    start = comma + 1;
  }
  return parts;
}

}  // namespace resnet
