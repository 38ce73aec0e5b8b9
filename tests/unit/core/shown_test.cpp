// SPDX-License-Identifier: MIT
#include "core/shown.hpp"

#include "support/catch.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;

TEST_CASE("text from a file is shown in printable ASCII, and not all of it") {
  CHECK(shown("conv1 ~") == "conv1 ~");
  CHECK(shown("\x1b[2J\n\tü\x7f\0"s) == "?[2J??????");
  CHECK(shown(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(shown(std::string(101, 'x')) == std::string(100, 'x') + "...");
}

TEST_CASE("for a terminal the text is whole, with line breaks, tabs and every letter, and without other controls") {
  const std::string harmless = "error:\n\tüber 6.61 ± 0.16\u00a0%\n" + std::string(1000, 'x');
  CHECK(for_terminal(harmless) == harmless);
  CHECK(for_terminal("\x1b[2J\r\b\x7f\0"s) == "?[2J????");
  CHECK(for_terminal("\u0080\u009b2J\u009f\u00c2\u009b") == "????2J??\u00c2??");
  CHECK(for_terminal("\xc2") == "\xc2");
  CHECK(without_controls("a\n\tb\x1b") == "a??b?");
}

}  // namespace
}  // namespace resnet
