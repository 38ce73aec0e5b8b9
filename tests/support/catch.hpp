// SPDX-License-Identifier: MIT
#pragma once

// Catch2, for every test: include it only from here. LibTorch defines a CHECK of its own (it ends the process), and the
// later definition wins. So LibTorch's comes first, where this test sees LibTorch at all, and is then taken back.
#if __has_include(<c10/util/Logging.h>)
#include <c10/util/Logging.h>
#undef CHECK
#endif

#include <catch2/catch.hpp>
