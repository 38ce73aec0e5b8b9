// SPDX-License-Identifier: MIT
// LibTorch's generator starts where it happens to. With one seed for every test case a failure can be had again with
// its whole test case, alone or among all, and a run of the tests is no draw of lots.
#include <ATen/Context.h>

#if __has_include(<catch2/reporters/catch_reporter_event_listener.hpp>)
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using Listener = Catch::EventListenerBase;
#else
#undef CHECK  // LibTorch's
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <catch2/catch.hpp>
using Listener = Catch::TestEventListenerBase;
#endif

namespace {

class SeedEachTest : public Listener {
 public:
  using Listener::Listener;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    Listener::testCaseStarting(info);
    at::manual_seed(0);
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(SeedEachTest)
