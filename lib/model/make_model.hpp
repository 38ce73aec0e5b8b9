// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include "model/classifier.hpp"
#include "model/model_spec.hpp"

namespace resnet {

/// The net of a spec, initialised from a seed (see model/init.hpp): float32, on the CPU, in training mode, its
/// convolutions laid out channels-last.
///
///     auto net = make_model(parse_model_name("resnet20"), /*seed=*/0);
///     net->forward(torch::zeros({128, 3, 32, 32}));  // [128, 10]
///
/// Throws   Error with Fault::kUsage for a spec that `check_spec` refuses.
std::shared_ptr<Classifier> make_model(const ModelSpec& spec, std::uint64_t seed);

/// The same for weights that come from elsewhere: not initialised, which takes seconds for a large net. Until they
/// come, its numbers are any.
std::shared_ptr<Classifier> make_unset_model(const ModelSpec& spec);

}  // namespace resnet
