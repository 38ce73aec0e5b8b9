// SPDX-License-Identifier: MIT
#include "record/markdown_table.hpp"

#include "support/catch.hpp"

namespace resnet {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("a Markdown table is aligned as text, numbers to the right") {
  CHECK(markdown_table({"network", "paper", "ours"}, {{"ResNet-20", "8.75", "-"}, {"ResNet-110", "6.43", "12.5"}}) ==
        "| network    | paper | ours |\n"
        "| ---------- | ----: | ---: |\n"
        "| ResNet-20  |  8.75 |    - |\n"
        "| ResNet-110 |  6.43 | 12.5 |\n");
}

TEST_CASE("a character of several bytes is one wide") {
  CHECK(text_width("6.61 ± 0.16") == 11);
  CHECK(markdown_table({"a", "b"}, {{"6.61 ± 0.16", "yes"}, {"6.61 + 0.16", "+"}}) ==
        "|           a | b   |\n"
        "| ----------: | --- |\n"
        "| 6.61 ± 0.16 | yes |\n"
        "| 6.61 + 0.16 | +   |\n");
}

TEST_CASE("a cell cannot break the Markdown table it stands in") {
  const std::string table = markdown_table({"a", "b"}, {{"x|y", "line\nbreak"}});
  CHECK_THAT(table, Contains("| x\\|y | line break |"));
}

TEST_CASE("a Markdown row of another width than the header is an error") {
  CHECK_THROWS_WITH(markdown_table({"a", "b"}, {{"1"}}), Contains("has 1 cells, expected 2"));
}

}  // namespace
}  // namespace resnet
