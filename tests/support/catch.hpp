// SPDX-License-Identifier: MIT
#pragma once

// Catch2, 2.13 or 3, for every test: include it only from here. LibTorch defines a CHECK of its own (it ends the
// process), and the later definition wins. So LibTorch's comes first, where this test sees LibTorch at all, and is then
// taken back.
#if __has_include(<c10/util/Logging.h>)
#include <c10/util/Logging.h>
#undef CHECK
#endif

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

// Version 3 under the names of version 2, in which the tests are written. Its own Contains, which is for elements of a
// range, stands in a header that is not included.
using Catch::Approx;
namespace Catch {
namespace Matchers {
inline auto Contains(const std::string& part) { return ContainsSubstring(part); }
}  // namespace Matchers
using Matchers::Contains;
using Matchers::EndsWith;
using Matchers::StartsWith;
}  // namespace Catch
#else
#include <catch2/catch.hpp>
#endif
