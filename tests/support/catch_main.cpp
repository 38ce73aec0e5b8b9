// SPDX-License-Identifier: MIT
// The main function of every test binary, compiled once: it is most of what Catch2 costs to build.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
