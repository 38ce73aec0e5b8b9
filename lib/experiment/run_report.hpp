// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "record/run_folder.hpp"

namespace resnet {

/// What can be said of a run now: {"run", "finished", "iteration", "iterations"}, and its final numbers once it has
/// them.
nlohmann::ordered_json run_summary(const RunFolder& run);

/// Says the same to a person, on standard error.
void print_run(const RunFolder& run);

/// Each kind of machine that took part in the run, in a few words: "AMD EPYC, 2 threads". Throws Error if the run's
/// provenance is broken.
std::set<std::string> machines_of(const RunFolder& run);

/// The same with whose kernels ran there: "AMD EPYC, 2 threads, fast (AVX2)".
std::set<std::string> hardware_of(const RunFolder& run);

}  // namespace resnet
