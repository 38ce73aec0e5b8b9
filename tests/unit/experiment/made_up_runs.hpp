// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "core/file.hpp"
#include "experiment/results.hpp"
#include "paper/recipe.hpp"

/// Writes a finished run of the paper's recipe that ended with these errors, without training anything; on the data of
/// this fingerprint.
inline resnet::RunFolder write_run(const std::filesystem::path& runs, const resnet::Recipe& recipe,
                                   double training_error, double test_error, const std::string& data_fingerprint = "") {
  const resnet::RunFolder run{runs / resnet::run_id(recipe)};
  resnet::write_atomically(
      run.eval_csv(),
      "iteration,training_error_percent,test_error_percent,test_loss_nats\n500,50,60,1\n1000,40,50,1\n");
  resnet::write_atomically(run.train_csv(), "iteration,learning_rate,loss_nats,error_percent\n1,0.1,2,90\n");
  resnet::write_atomically(run.recipe(), resnet::recipe_ini(recipe));
  resnet::write_atomically(run.provenance(), R"json({"sessions": [{"cpu": "AMD EPYC", "threads": 2,
                           "kernels": "fast (AVX2)", "device": "cpu"}]})json");
  resnet::write_atomically(run.weights(), "weights");
  resnet::RunResult result;
  result.model = resnet::model_name(recipe.model);
  result.schedule = recipe.schedule.text();
  result.precision = resnet::precision_name(recipe.precision);
  result.seed = recipe.seed;
  result.data_fingerprint = data_fingerprint;
  result.iterations = resnet::scheduled_iterations(recipe);
  result.seconds = 5400;
  result.training_error_percent = training_error;
  result.test_error_percent = test_error;
  resnet::write_result(run, result);
  return run;
}

/// The paper's recipe for "plain20" and the like.
inline resnet::Recipe recipe_of(const std::string& model, std::uint64_t seed = 0,
                                const resnet::Fraction& schedule = {}) {
  resnet::Recipe recipe = resnet::paper::cifar_recipe(resnet::parse_model_name(model), seed);
  recipe.schedule = schedule;
  return recipe;
}

/// A net with one finished run under `runs`, in a report at full length; or without one.
inline resnet::NetResult finished(const std::filesystem::path& runs, const std::string& model, double training_error,
                                  double test_error, std::uint64_t seed = 0) {
  write_run(runs, recipe_of(model, seed), training_error, test_error);
  return resnet::finished_runs(runs, recipe_of(model));
}

inline resnet::NetResult finished_shorter(const std::filesystem::path& runs, const std::string& model,
                                          double training_error, double test_error, const resnet::Fraction& schedule) {
  write_run(runs, recipe_of(model, 0, schedule), training_error, test_error);
  return resnet::finished_runs(runs, recipe_of(model));
}

inline resnet::NetResult not_run(const std::string& model) { return {resnet::parse_model_name(model), {}, {}}; }
