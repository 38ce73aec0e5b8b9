// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// The most that a count on the command line may be.
inline constexpr std::int64_t kLargestCount = 1'000'000'000;

/// Counts between commas, or `none`. Throws Error for anything else.
std::vector<std::int64_t> parse_counts(const std::string& text);

/// Throws Error with Fault::kUsage if both flags are given.
void refuse_together(const Options& options, const std::string& flag, const std::string& other);

/// Throws Error if there is a fault: blames the configuration file if a flag of the fault was set there, else the
/// command line, with Fault::kUsage.
void refuse(const Options& options, const std::optional<RecipeFault>& fault);

/// The flag's path, absolute, so that it holds in any other folder. Throws Error with Fault::kUsage, naming the flag,
/// if a recipe.ini could not hold it.
std::filesystem::path path_for_ini(const Options& options, const std::string& flag);

/// Numbers from 0 to 1e6 between commas. Throws Error for anything else.
std::vector<double> parse_numbers(const std::string& text);

}  // namespace resnet
