// SPDX-License-Identifier: MIT
#include "experiment/publish.hpp"

#include "core/error.hpp"
#include "experiment/result_folder.hpp"
#include "record/csv_table.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A result on these runs, and the folders that `publish` takes.
struct Project {
  TempFolder folder;
  fs::path result = folder.path() / "results/fig1";
  fs::path runs = folder.path() / "runs";
  fs::path target = folder.path() / "published/fig1";

  RunFolder add_run(const std::string& model) { return write_run(runs, recipe_of(model), 10, 12); }

  void write_summary(const std::vector<std::string>& ids, bool is_synthetic = false,
                     const std::string& schedule = "1") const {
    Json details = Json::array();
    for (const std::string& id : ids) {
      const RunFolder run{runs / id};
      if (run.is_finished()) details.push_back({{"run", id}, {"seconds", read_result(run).seconds}});
    }
    const Json summary = {{"schedule", schedule}, {"synthetic", is_synthetic}, {"runs", ids}, {"run_details", details}};
    write_atomically(result / "summary.json", summary.dump());
  }

  std::vector<RunFolder> publish_it() const { return publish(result, runs, target); }
};

TEST_CASE("what is published is the result, and of each run what a reader needs to check it") {
  Project project;
  const RunFolder run = project.add_run("plain20");
  project.write_summary({run.id()});
  write_atomically(project.result / "table.md", "table");
  write_atomically(run.checkpoint(), "not for readers");
  write_atomically(run.path / "layer_responses.csv", "layer,response_std\n1,2\n");
  CHECK(project.publish_it().empty());
  CHECK(read_file(project.target / "table.md") == "table");
  const RunFolder published{project.target / "runs" / run.id()};
  for (const auto& file : {&RunFolder::weights, &RunFolder::provenance, &RunFolder::recipe, &RunFolder::result,
                           &RunFolder::eval_csv, &RunFolder::train_csv}) {
    CHECK(read_file((published.*file)()) == read_file((run.*file)()));
  }
  CHECK(fs::exists(published.path / "layer_responses.csv"));
  CHECK_FALSE(fs::exists(published.checkpoint()));
}

TEST_CASE("a run without weights is published without them, as one that was published already may be") {
  Project project;
  const RunFolder run = project.add_run("plain20");
  project.write_summary({run.id()});
  fs::remove(run.weights());
  REQUIRE(project.publish_it().size() == 1);
  CHECK(fs::exists(RunFolder{project.target / "runs" / run.id()}.result()));
}

TEST_CASE("weights that are published stay so where the run has lost its own") {
  Project project;
  const RunFolder run = project.add_run("plain20");
  project.write_summary({run.id()});
  project.publish_it();
  fs::remove(run.weights());
  CHECK(project.publish_it().empty());
  const RunFolder published{project.target / "runs" / run.id()};
  CHECK(read_file(published.weights()) == "weights");
  RunResult other = read_result(run);  // and are not taken for those of another training
  other.seconds += 1;
  write_result(run, other);
  project.write_summary({run.id()});
  CHECK(project.publish_it().size() == 1);
  CHECK_FALSE(fs::exists(published.weights()));
}

TEST_CASE("a published result that a killed process left aside is not replaced by one that is worth less") {
  Project project;
  const RunFolder run = project.add_run("plain20");
  project.write_summary({run.id(), project.add_run("plain56").id()});
  project.publish_it();
  fs::create_directories(project.target.parent_path() / ".fig1.part");
  fs::rename(project.target, project.target.parent_path() / ".fig1.part/old");
  project.write_summary({run.id()});
  CHECK_THROWS_WITH(project.publish_it(), Catch::Contains("has no plain56, which is published"));
  CHECK(std::distance(fs::directory_iterator(project.target / "runs"), fs::directory_iterator()) == 2);
}

TEST_CASE("a published result is not replaced by one that lacks a net or a run of it, or has a shorter run of a net") {
  Project project;
  const auto run = [&](const std::string& model, std::uint64_t seed, const Fraction& schedule = {}) {
    return write_run(project.runs, recipe_of(model, seed, schedule), 10, 12).id();
  };
  const std::string full = run("resnet20", 0);
  const auto check_refused = [&](const std::vector<std::string>& ids, const std::string& reason) {
    project.write_summary(ids);
    CHECK_THROWS_WITH(project.publish_it(), Catch::Contains(reason));
    CHECK(fs::exists(project.target / "runs" / full / "result.json"));
  };
  const Fraction quarter(1, 4);
  project.write_summary({full, run("resnet110", 0, quarter), run("resnet110", 1, quarter)});
  project.publish_it();
  check_refused({full}, "has no resnet110, which is published");
  check_refused({full, run("resnet110", 0, quarter)}, "has no run " + run("resnet110", 1, quarter));
  check_refused({full, run("resnet110", 0, Fraction(1, 8))}, "has resnet110 at schedule 1/8");
  // The summary's schedule is that of its longest runs.
  check_refused({run("resnet20", 0, quarter), run("resnet110", 2)}, "has resnet20 at schedule 1/4");
  Recipe other = recipe_of("resnet20");  // of the same net, schedule and seed
  other.batch = 64;
  check_refused({write_run(project.runs, other, 10, 12).id(), run("resnet110", 2)}, "has no run " + full);
  project.write_summary({full, run("resnet110", 2)});  // longer: the shorter runs' seeds are not asked for
  project.publish_it();
  CHECK(fs::exists(project.target / "runs" / run("resnet110", 2)));
}

TEST_CASE("a table that is computed from the nets has no runs, and is published all the same (Table 1)") {
  Project project;
  save_report(Report("Table 1", {.is_computed = true}, {}), project.result);
  CHECK(project.publish_it().empty());
  for (const char* file : {"table.md", "summary.json"}) {
    CHECK(read_file(project.target / file) == read_file(project.result / file));
  }
  CHECK_FALSE(fs::exists(project.target / "runs"));
}

TEST_CASE("a new result replaces the published one as a whole") {
  Project project;
  const RunFolder first = write_run(project.runs, recipe_of("plain20", 0, Fraction(1, 64)), 10, 12);
  const RunFolder second = project.add_run("plain20");
  project.write_summary({first.id()}, false, "1/64");
  write_atomically(project.result / (first.id() + ".csv"), "curve");
  project.publish_it();
  fs::remove(project.result / (first.id() + ".csv"));
  project.write_summary({second.id()});
  project.publish_it();
  CHECK_FALSE(fs::exists(project.target / (first.id() + ".csv")));
  CHECK_FALSE(fs::exists(project.target / "runs" / first.id()));
  CHECK(fs::exists(project.target / "runs" / second.id() / "result.json"));
}

TEST_CASE("a result that cannot be published leaves the published one whole") {
  Project project;
  const RunFolder run = project.add_run("plain20");
  project.write_summary({run.id()});
  project.publish_it();
  const std::string published = read_file(project.target / "summary.json");
  const auto check_refused = [&](const std::string& reason) {
    CHECK_THROWS_WITH(project.publish_it(), Catch::Contains(reason));
    CHECK(read_file(project.target / "summary.json") == published);
    CHECK(fs::exists(project.target / "runs" / run.id() / "weights.safetensors"));
  };

  project.write_summary({write_run(project.runs, recipe_of("plain20", 0, Fraction(1, 64)), 10, 12).id()});
  check_refused("has plain20 at schedule 1/64");
  project.write_summary({run.id()});
  Json unfinished = read_json(project.result / "summary.json");
  unfinished["finished"] = false;
  write_atomically(project.result / "summary.json", unfinished.dump());
  check_refused("is not finished, and what is published");
  write_atomically(project.result / "summary.json", R"({"runs": 3})");
  check_refused("its runs are not a list");
  project.write_summary({run.id()}, /*is_synthetic=*/true);
  check_refused("made-up data");
  project.write_summary({});
  check_refused("no finished runs");
  project.write_summary({"../plain20"});
  check_refused("not the name of a run");
  project.write_summary({run.id(), "plain56-1-seed0-00000000"});
  check_refused("plain56-1-seed0-00000000");
  project.write_summary({run.id()});
  RunResult result = read_result(run);
  result.seconds += 1;
  write_result(run, result);
  check_refused("the report is not of this run, but of one before it");
  result.data_fingerprint = "of other images";
  write_result(run, result);
  project.write_summary({run.id()});
  check_refused("is of other images (fingerprint of other images)");
  result.data_fingerprint.clear();
  write_result(run, result);
  fs::remove(run.train_csv());  // found out half-way
  check_refused("train.csv");
  fs::remove_all(project.result);
  check_refused("no such result");
}

TEST_CASE("a long log is thinned to means, and weights too large for a repository stay where they are") {
  Project project;
  const RunFolder run = project.add_run("plain20");
  project.write_summary({run.id()});
  std::string rows = "iteration,loss_nats\n";
  for (int i = 1; i <= 5000; ++i) rows += fmt::format("{},{}\n", i, i);
  write_atomically(run.train_csv(), rows);
  write_atomically(run.weights(), std::string(kLargestWeights + 1, '\0'));
  const auto without_weights = project.publish_it();
  REQUIRE(without_weights.size() == 1);
  CHECK(without_weights[0].path == run.path);
  const RunFolder published{project.target / "runs" / run.id()};
  CHECK_FALSE(fs::exists(published.weights()));
  const CsvTable thin = read_csv(published.train_csv());
  CHECK(thin.rows() == 1667);  // blocks of three, the last of two
  CHECK(thin.column("iteration").front() == 3);
  CHECK(thin.column("loss_nats").front() == 2);
  CHECK(thin.column("iteration").back() == 5000);
  CHECK(thin.column("loss_nats").back() == 4999.5);
}

}  // namespace
}  // namespace resnet
