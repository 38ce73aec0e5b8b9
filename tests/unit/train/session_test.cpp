// SPDX-License-Identifier: MIT
// What a run's provenance says of the process that trained it.
#include <ATen/Functions.h>

#include "core/file.hpp"
#include "dataset/synthetic.hpp"
#include "kernel/simd.hpp"
#include "record/provenance.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"
#include "train/train.hpp"
#include "unit/record/touched_memory.hpp"

using namespace resnet;

namespace {

Recipe tiny_recipe() {
  Recipe recipe;
  recipe.model = parse_model_name("resnet8");
  recipe.data = DataSource::kSynthetic;
  recipe.batch = 2;
  return recipe;
}

Cifar10 tiny_data() { return synthetic_cifar10(4, 2, /*seed=*/0); }

}  // namespace

TEST_CASE("a run's peak memory is its own, not that of what its process did before") {
  if (!peak_memory_can_begin()) return skip("this kernel does not let the peak begin anew");
  const std::int64_t before = peak_memory_bytes();
  set_up_runtime();
  at::ones({before + (200 << 20)}, at::kByte);  // the cache keeps it
  const std::int64_t others = peak_memory_bytes();

  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  REQUIRE(train(tiny_recipe(), tiny_data(), run, {}) == TrainOutcome::kFinished);
  const auto peak = read_json(run.provenance()).at("peak_memory_bytes").get<std::int64_t>();
  CHECK(peak > before / 2);
  CHECK(peak < others);
}

TEST_CASE("a run that goes on on what rounds otherwise, a device, kernels, threads or a LibTorch, says so") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  Recipe recipe = tiny_recipe();
  recipe.iterations = 6;
  const auto what_is_said = [&](double stop_after_seconds) {
    std::string said;
    TrainOptions options;
    options.stop_after_seconds = stop_after_seconds;
    options.on_event = [&](const std::string& event) { said += event + "\n"; };
    options.checkpoint_after_seconds = 0;
    train(recipe, tiny_data(), run, options);
    return said;
  };
  const auto say_before = [&](const char* key, const nlohmann::json& value) {
    auto provenance = read_json(run.provenance());
    provenance["sessions"].back()[key] = value;
    write_atomically(run.provenance(), provenance.dump());
  };
  CHECK_THAT(what_is_said(0), !Catch::Contains("kernels") && !Catch::Contains("device"));
  CHECK(read_sessions(run).back().kernels == "fast (" + simd_description() + ")");
  CHECK_THAT(what_is_said(0), Catch::Contains("goes on") && !Catch::Contains("kernels") && !Catch::Contains("device"));
  say_before("kernels", "fast (ABACUS)");
  CHECK_THAT(what_is_said(0),
             Catch::Contains("kernels were fast (ABACUS) so far, and fast (" + simd_description() + ") from here on"));
  say_before("device", "abacus");
  CHECK_THAT(what_is_said(0),
             Catch::Contains("its device was abacus so far, and cpu from here on") && !Catch::Contains("kernels"));
  say_before("threads", 77);
  CHECK_THAT(what_is_said(0), Catch::Contains("its threads were 77 so far, and "));
  say_before("libtorch", "0.1");
  CHECK_THAT(what_is_said(1e9), Catch::Contains("its LibTorch was 0.1 so far, and ") && !Catch::Contains("threads"));
  CHECK(run.is_finished());
}
