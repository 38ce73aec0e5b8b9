// SPDX-License-Identifier: MIT
// The main function of every test binary, compiled once: it is most of what Catch2 2 costs to build.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
