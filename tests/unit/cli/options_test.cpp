// SPDX-License-Identifier: MIT
#include "cli/options.hpp"

#include <limits>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/cli/written.hpp"

namespace resnet {
namespace {

using Catch::Contains;
using Words = std::vector<std::string>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A program with one flag of every kind.
class Program {
 public:
  Program() {
    options.add("model", "resnet20", "network, e.g. plain20");
    options.add("seed", "0", "where the randomness starts");
    options.add("data", "", "folder of the data set");
    options.add_switch("json", "print one JSON object");
    options.add_config();
  }

  bool parse(const Words& words) {
    std::vector<const char*> arguments = {"program"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    return options.parse(static_cast<int>(arguments.size()), arguments.data());
  }

  std::string config(const std::string& text) const {
    write_atomically(folder_.path() / "file.ini", text);
    return (folder_.path() / "file.ini").string();
  }

  Options options{"program", "Does nothing."};

 private:
  TempFolder folder_;
};

// Says "usage: ..." or "world: ...", for the text and the blame of what the call throws.
template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return (error.fault() == Fault::kUsage ? "usage: " : "world: ") + std::string(error.what());
  }
  return "no error";
}

std::string parse_error(const Words& words) {
  return error_of([&] { Program().parse(words); });
}

std::string config_error(const std::string& text) {
  Program program;
  return error_of([&] { program.parse({"--config", program.config(text)}); });
}

TEST_CASE("the command line wins over the file, the file over the default") {
  Program program;
  REQUIRE(program.parse({}));
  CHECK(program.options.text("model") == "resnet20");

  Program with_file;
  REQUIRE(with_file.parse({"--config", with_file.config("model = plain20\nseed = 3\n")}));
  CHECK(with_file.options.text("model") == "plain20");
  CHECK(with_file.options.integer("seed", 0, 10) == 3);

  for (const bool is_file_first : {true, false}) {
    Program with_both;
    const std::string file = with_both.config("model = plain20\nseed = 3\n");
    const Words words =
        is_file_first ? Words{"--config", file, "--model", "resnet56"} : Words{"--model=resnet56", "--config=" + file};
    REQUIRE(with_both.parse(words));
    CHECK(with_both.options.text("model") == "resnet56");
    CHECK(with_both.options.integer("seed", 0, 10) == 3);
  }
}

TEST_CASE("a flag is given when it stands on the command line or in the file") {
  Program program;
  REQUIRE(program.parse({"--seed", "0", "--config", program.config("# a comment\ndata = some folder\n")}));
  CHECK(program.options.given("seed"));
  CHECK(program.options.given("data"));
  CHECK(program.options.path("data") == "some folder");
  CHECK_FALSE(program.options.given("model"));
}

TEST_CASE("a switch is off until the command line or the file turns it on") {
  const auto is_on = [](const Words& words, const std::string& config) {
    Program program;
    Words all = words;
    all.insert(all.end(), {"--config", program.config(config)});
    REQUIRE(program.parse(all));
    return program.options.is_on("json");
  };
  CHECK_FALSE(is_on({}, ""));
  CHECK(is_on({"--json"}, ""));
  CHECK(is_on({}, "json = true\n"));
  CHECK_FALSE(is_on({}, "json = false\n"));
  CHECK(is_on({"--json"}, "json = false\n"));
}

TEST_CASE("an unknown flag is refused by name") {
  CHECK_THAT(parse_error({"--colour", "red"}), Contains("usage: unknown flag --colour"));
  CHECK_THAT(parse_error({"--colour=red"}), Contains("usage: unknown flag --colour"));
}

TEST_CASE("a flag must be spelt out") {
  CHECK_THAT(parse_error({"--mod", "plain20"}), Contains("usage: unknown flag --mod"));
  CHECK_THAT(parse_error({"--js"}), Contains("usage: unknown flag --js"));
  CHECK_THAT(parse_error({"--Model", "plain20"}), Contains("usage: unknown flag --Model"));
  CHECK_THAT(parse_error({"-m", "plain20"}), Contains("usage: "));
  CHECK_THAT(config_error("mod = plain20\n"), Contains("world: ") && Contains("unknown key 'mod'"));
}

TEST_CASE("a flag that is given twice, without its value, or with one too many is refused by name") {
  CHECK_THAT(parse_error({"--model", "plain20", "--model", "plain20"}), Contains("usage: --model is given twice"));
  CHECK_THAT(parse_error({"--json", "--json"}), Contains("usage: --json is given twice"));
  CHECK_THAT(parse_error({"--model"}), Contains("usage: ") && Contains("--model"));
  CHECK_THAT(parse_error({"--model", "--json"}), Contains("usage: ") && Contains("--model"));
  CHECK_THAT(parse_error({"--data", "--colour"}), Contains("usage: ") && Contains("--data has no value"));
  CHECK_THAT(parse_error({"--json=yes"}), Contains("usage: ") && Contains("--json"));
}

TEST_CASE("a configuration file may have comments behind its values, and begin with a byte order mark") {
  Program program;
  REQUIRE(program.parse(
      {"--config", program.config("\xef\xbb\xbfmodel = plain20  # not a#b\n# data = c#d\r\nseed = 7\r\n")}));
  CHECK(program.options.text("model") == "plain20");
  CHECK(program.options.integer("seed", 0, 10) == 7);
}

TEST_CASE("a configuration file that cannot be used is named, and the file is blamed") {
  CHECK_THAT(config_error("colour = red\n"), Contains("world: ") && Contains("file.ini: unknown key 'colour'"));
  CHECK_THAT(config_error("config = other.ini\n"), Contains("world: ") && Contains("file.ini: unknown key 'config'"));
  CHECK_THAT(config_error("help = true\n"), Contains("world: ") && Contains("file.ini: unknown key 'help'"));
  CHECK_THAT(config_error("model\n"), Contains("world: ") && Contains("file.ini: "));
  CHECK_THAT(config_error("seed = 1\nseed = 2\n"), Contains("world: ") && Contains("file.ini: ") && Contains("seed"));
  CHECK_THAT(config_error("json = perhaps\n"), Contains("world: ") && Contains("file.ini: ") && Contains("perhaps"));
  CHECK_THAT(config_error("seed = 1\ndata = a#2\n"),
             Contains("world: ") && Contains("file.ini: in 'data = a#2' the '#' would begin a comment"));
  const TempFolder folder;
  const std::string missing = (folder.path() / "none.ini").string();
  CHECK_THAT(parse_error({"--config", missing}), Contains("world: " + missing + ": cannot read"));
  CHECK_THAT(parse_error({"--config", folder.path().string()}),
             Contains("world: " + folder.path().string() + ": cannot read"));
}

TEST_CASE("a bad value is blamed on the command line or on the file that it came from, once") {
  const auto read_seed = [](Program& program, const Words& words) {
    REQUIRE(program.parse(words));
    return error_of([&] { program.options.integer("seed", 0, 100); });
  };
  Program program;
  CHECK(read_seed(program, {"--seed", "x"}) == "usage: --seed: 'x' is not a whole number from 0 to 100");
  Program with_file;
  const std::string file = with_file.config("seed = x\n");
  CHECK(read_seed(with_file, {"--config", file}) ==
        "world: " + file + ": seed: 'x' is not a whole number from 0 to 100");
  Program with_both;
  CHECK(read_seed(with_both, {"--config", with_both.config("seed = x\n"), "--seed", "-1"}) ==
        "usage: --seed: '-1' is not a whole number from 0 to 100");
}

TEST_CASE("an empty value is refused once, whoever reads it") {
  for (const bool is_parsed : {false, true}) {
    const auto read_model = [&](Program& program, const Words& words) {
      REQUIRE(program.parse(words));
      return error_of(
          [&] { is_parsed ? program.options.parsed("model", split_list).front() : program.options.text("model"); });
    };
    Program program;
    CHECK(read_model(program, {"--model", ""}) == "usage: --model: the value is empty");
    Program with_file;
    const std::string file = with_file.config("model =\n");
    CHECK(read_model(with_file, {"--config", file}) == "world: " + file + ": model: the value is empty");
  }
}

TEST_CASE("words that are not flags are counted") {
  const auto parse = [](const Words& words) {
    Program program;
    program.options.add_words("RUN RUN", 1, 2, "folders of runs");
    program.parse(words);
    return program.options.words();
  };
  CHECK(parse({"a", "--json", "b c"}) == Words{"a", "b c"});
  CHECK(parse({"--", "--json"}) == Words{"--json"});
  CHECK_THAT(error_of([&] { parse({"--json"}); }), Contains("usage: expected 1 RUN RUN, got 0"));
  CHECK_THAT(error_of([&] { parse({"a", "b", "c"}); }), Contains("usage: 'c' is a word too many"));
  CHECK_THAT(error_of([&] { parse({""}); }), Contains("usage: a word on the command line is empty; expected RUN RUN"));
  CHECK_THAT(error_of([&] { parse({"-h"}); }), Contains("usage: unknown flag -h; flags start with --, see --help"));
  CHECK_THAT(error_of([&] { parse({"--words", "a"}); }), Contains("usage: unknown flag --words"));
  CHECK_THAT(parse_error({"a"}), Contains("usage: a word too many"));
}

TEST_CASE("--help prints the summary and every flag with its default, and asks to end") {
  Program program;
  program.options.add_words("RUN", 1, 1, "folder of a run");
  bool goes_on = true;
  const std::string shown =
      written_to(STDOUT_FILENO, [&] { goes_on = program.parse({"--help"}); });  // and does not miss the word
  CHECK_FALSE(goes_on);
  CHECK_THAT(shown, Contains("Does nothing.") && Contains("./run program RUN [flags]") &&
                        Contains("RUN: folder of a run") && Contains("--json") && Contains("--config") &&
                        Contains("network, e.g. plain20 [resnet20]"));
}

TEST_CASE("a whole number is read whole, within its limits, or not at all") {
  CHECK(parse_integer("-5", -5, 5) == -5);
  CHECK(parse_integer("5", -5, 5) == 5);
  CHECK(parse_integer("9223372036854775807", 0, std::numeric_limits<std::int64_t>::max()) ==
        std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", " 5", "5 ", "+5", "5.0", "1e0", "0x1", "x", "6", "-6", "9223372036854775808", "5,"}) {
    CAPTURE(text);
    CHECK(error_of([&] { parse_integer(text, -5, 5); }) ==
          "world: '" + std::string(text) + "' is not a whole number from -5 to 5");
  }
}

TEST_CASE("a number is read whole, finite and within its limits, or not at all") {
  CHECK(parse_number("0.1", 0, 1) == 0.1);
  CHECK(parse_number("1e-4", 0, 1) == 1e-4);
  CHECK(parse_number("-1", -1, 1) == -1);
  CHECK(parse_number("1", -1, 1) == 1);
  for (const char* text : {"", " 0.5", "0.5 ", "+1", "1.0001", "-1.0001", "nan", "-nan", "inf", "-inf", "infinity",
                           "1e400", "0x1", "0,5", "0.5x", "x"}) {
    CAPTURE(text);
    CHECK_THAT(error_of([&] { parse_number(text, -1, 1); }),
               Contains("world: '" + std::string(text) + "' is not a number from -1 to 1"));
  }
  for (const char* text : {"nan", "inf", "-inf", "1e400"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_number(text, -kInfinity, kInfinity), Error);
  }
}

TEST_CASE("a list has at least one part and none that is empty") {
  CHECK(split_list("20,56") == Words{"20", "56"});
  CHECK(split_list("20") == Words{"20"});
  CHECK(split_list("a b, c") == Words{"a b", " c"});
  for (const char* text : {"", ",", "20,", ",20", "20,,56"}) {
    CAPTURE(text);
    CHECK_THAT(error_of([&] { split_list(text); }), Contains("has an empty part"));
  }
  Program program;
  REQUIRE(program.parse({"--model", "plain20,"}));
  CHECK_THAT(error_of([&] { program.options.parsed("model", split_list); }),
             Contains("usage: --model: 'plain20,' has an empty part"));
}

TEST_CASE("the Error of any parser becomes one that names the flag") {
  Program program;
  REQUIRE(program.parse({"--model", "alexnet"}));
  const auto refuse = [](const std::string& text) -> int { fail("no net is called {}", text); };
  CHECK(error_of([&] { program.options.parsed("model", refuse); }) == "usage: --model: no net is called alexnet");
  CHECK(program.options.parsed("model", [](const std::string& text) { return text.size(); }) == 7);
}

}  // namespace
}  // namespace resnet
