// SPDX-License-Identifier: MIT
#include "experiment/compare.hpp"

#include "core/error.hpp"
#include "plot/chart.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "support/variable_is.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// Where a call throws nothing it returns no fault.
template <typename Call>
std::optional<Fault> fault_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.fault();
  }
  return std::nullopt;
}

TEST_CASE("a run is found by its folder or by its name, once") {
  const TempFolder folder;
  const fs::path runs = folder.path() / "runs";
  const std::string id = write_run(runs, recipe_of("plain20"), 10, 12).id();
  const fs::path path = fs::canonical(runs / id);
  CHECK(find_runs({id}, runs).at(0).path == path);
  CHECK(find_runs({(runs / id / "").string()}, runs).at(0).path == path);
  CHECK_THROWS_WITH(find_runs({"nobody"}, runs), Catch::Contains("'nobody' is not a run"));
  CHECK_THROWS_WITH(find_runs({runs.string()}, runs), Catch::Contains("is not a run"));
  CHECK_THROWS_WITH(find_runs({(runs / id / "eval.csv").string()}, runs), Catch::Contains("is not a run"));
  CHECK_THROWS_WITH(find_runs({id, (runs / id / ".").string()}, runs), Catch::Contains("given twice"));
  CHECK(fault_of([&] { find_runs({id, id}, runs); }) == Fault::kUsage);
  CHECK(fault_of([&] { find_runs({"nobody"}, runs); }) == Fault::kWorld);
}

TEST_CASE("runs of another precision or other kernels are told apart, in numbers and in words") {
  const TempFolder folder;
  Recipe recipe = recipe_of("plain20");
  const RunFolder usual = write_run(folder.path(), recipe, 10, 12);
  recipe.precision = Precision::kBFloat16;
  const RunFolder bf16 = write_run(folder.path(), recipe, 10, 12);
  recipe.kernels = Kernels::kEager;
  const RunFolder eager = write_run(folder.path(), recipe, 10, 12);
  const RunFolder unknown{folder.path() / "unknown"};
  fs::copy(usual.path, unknown.path);
  fs::remove(unknown.recipe());

  const auto comparison = compare({usual, bf16, eager, unknown});
  const auto& rows = comparison.at("runs");
  CHECK(rows[0].at("precision") == "fp32");
  CHECK(rows[0].at("kernels") == "fast");
  CHECK(rows[1].at("precision") == "bf16");
  CHECK(rows[1].at("kernels") == "fast");
  CHECK(rows[2].at("kernels") == "eager");
  CHECK(rows[3].at("precision").is_null());
  CHECK(rows[3].at("kernels").is_null());
  using Catch::Contains;
  CHECK_THAT(comparison_table(comparison),
             Contains("| fp32 ") && Contains("| bf16 ") && Contains("| bf16, eager kernels ") && Contains("| - "));
}

TEST_CASE("errors on images held out of training are not called test errors") {
  const TempFolder folder;
  Recipe recipe = recipe_of("plain20");
  const RunFolder tested = write_run(folder.path(), recipe, 10, 12);
  recipe.validation_images = 5'000;
  const RunFolder validated = write_run(folder.path(), recipe, 10, 12);
  const RunFolder photos = write_run(folder.path(), paper::imagenet_recipe(parse_model_name("resnet18"), 0), 10, 12);
  const fs::path target = folder.path() / "compare";
  const auto legend = [&] { return read_file(target / "figure.json"); };

  const auto drawn = [&](const std::vector<RunFolder>& runs) {
    const auto comparison = compare(runs);
    draw_comparison(runs, comparison, target);
    return comparison;
  };
  const auto comparison = drawn({tested, validated, photos});
  CHECK(comparison.at("runs")[0].at("evaluated_on") == "test");
  CHECK(comparison.at("runs")[1].at("evaluated_on") == "validation");
  CHECK(comparison.at("runs")[2].at("evaluated_on") == "validation");
  CHECK_THAT(comparison_table(comparison), Catch::Contains("| test ") && Catch::Contains("| validation "));
  CHECK_THAT(legend(), Catch::Contains("\"test or validation error\""));
  drawn({validated, photos});
  CHECK_THAT(legend(), Catch::Contains("\"validation error\""));
  drawn({tested});
  CHECK_THAT(legend(), Catch::Contains("\"test error\""));
}

TEST_CASE("runs may have any name that a folder may have") {
  const TempFolder folder;
  const RunFolder run = write_run(folder.path(), recipe_of("plain20"), 10, 12);
  std::vector<RunFolder> runs = {run};
  for (const std::string& name : {std::string("my..run"), std::string("caf\xe9"), std::string("two\nlines"),
                                  std::string(150, 'd') + "/" + std::string(150, 'e') + "/" + run.id()}) {
    runs.push_back({folder.path() / name});
    fs::create_directories(runs.back().path.parent_path());
    fs::copy(run.path, runs.back().path);
  }
  const auto comparison = compare(runs);
  draw_comparison(runs, comparison, folder.path() / "compare");
  const auto& rows = comparison.at("runs");
  REQUIRE(rows.size() == runs.size());
  CHECK(rows[2].at("run") == "caf\xef\xbf\xbd");
  CHECK(fs::exists(folder.path() / "compare/figure.svg"));
}

TEST_CASE("errors stand side by side: final ones, those so far, and none yet") {
  const TempFolder folder;
  const RunFolder finished = write_run(folder.path() / "a", recipe_of("plain20"), 10, 12);
  const RunFolder half = write_run(folder.path() / "b", recipe_of("plain20"), 10, 12);  // of the same name
  fs::remove(half.result());
  const RunFolder fresh{folder.path() / "a/fresh"};
  write_atomically(fresh.eval_csv(), "iteration,training_error_percent,test_error_percent,test_loss_nats\n");
  const fs::path target = folder.path() / "results/compare";
  const auto comparison = compare({finished, half, fresh});
  draw_comparison({finished, half, fresh}, comparison, target);
  const auto& rows = comparison.at("runs");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].at("finished") == true);
  CHECK(rows[0].at("iteration") == 1000);
  CHECK(rows[0].at("test_error_percent") == 50.0);
  CHECK(rows[1].at("finished") == false);
  CHECK(rows[1].at("folder") == half.path.string());
  CHECK(rows[2].at("test_error_percent").is_null());
  CHECK(fs::exists(target / "figure.png"));
  CHECK_THAT(read_file(target / "figure.json"), Catch::Contains(half.path.string()));
  CHECK_THAT(comparison_table({{"runs", rows}}), Catch::Contains("not finished") && Catch::Contains("50.00"));

  CHECK_THROWS_WITH(draw_comparison({fresh}, compare({fresh}), target), Catch::Contains("nothing to draw"));
  CHECK_THAT(read_file(target / "figure.json"), Catch::Contains(half.path.string()));  // as before
}

TEST_CASE("without gnuplot the curves are there, and the error says how to draw them later") {
  const TempFolder folder;
  const RunFolder run = write_run(folder.path() / "runs", recipe_of("plain20"), 10, 12);
  const fs::path target = folder.path() / "results/compare";
  {
    const VariableIs nothing("PATH", "/nowhere");
    CHECK_THROWS_WITH(draw_comparison({run}, compare({run}), target),
                      Catch::Contains("gnuplot") && Catch::Contains("./run plot " + target.string()));
  }
  CHECK_FALSE(fs::exists(target / "figure.svg"));
  CHECK_NOTHROW(draw_chart(target));
}

}  // namespace
}  // namespace resnet
