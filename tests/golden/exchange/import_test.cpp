// SPDX-License-Identifier: MIT
// Files that Python wrote, read here: what is in them, and how they were made, is in generate.py.
#include <torch/types.h>

#include <string>

#include "exchange/import_model.hpp"
#include "support/catch.hpp"

using resnet::Family;
using resnet::ImportedModel;
using resnet::Shortcut;
using resnet::ShortcutPadding;

namespace {

ImportedModel import(const std::string& name, Family family) {
  return resnet::import_model(std::string(RESNET_TESTS_DIR) + "/golden/exchange/" + name,
                              {.net = {.family = family, .depth = 8}});
}

torch::Tensor by_formula(const torch::Tensor& like, std::int64_t place) {
  if (like.dim() == 0) return torch::full_like(like, place);
  const torch::Tensor numbers = (torch::arange(like.numel()) * 37 + place * 11) % 101;
  return ((numbers + 1) / 128).view(like.sizes());
}

// Holds each tensor against the formula; the places are counted in the order of Python's state_dict.
void check_numbers(const ImportedModel& imported) {
  std::int64_t place = 0;
  const auto check = [&](const auto& item) {
    CAPTURE(item.key(), place);
    CHECK(torch::equal(item.value(), by_formula(item.value(), place++)));
  };
  for (const auto& module : imported.net->named_modules()) {
    for (const auto& item : module.value()->named_parameters(/*recurse=*/false)) check(item);
    for (const auto& item : module.value()->named_buffers(/*recurse=*/false)) check(item);
  }
  CHECK(place == static_cast<std::int64_t>(imported.tensors));
  CHECK(imported.counts_missing == 0);
  CHECK_FALSE(imported.net->is_training());
}

}  // namespace

TEST_CASE("a plain net's state_dict from Python is read bit for bit", "[golden]") {
  const ImportedModel imported = import("plain8.pth", Family::kPlain);
  check_numbers(imported);
  CHECK(imported.format == "torch.save");
  CHECK(imported.naming == "torchvision");
  CHECK(imported.prefix.empty());
  CHECK(imported.converted.empty());
}

TEST_CASE("the same in torch.save's first form, a tar of 2016, is read bit for bit", "[golden]") {
  const ImportedModel imported = import("plain8_first_form.pth", Family::kPlain);
  check_numbers(imported);
  CHECK(imported.format == "torch.save");
  CHECK(imported.naming == "torchvision");
}

TEST_CASE("a training checkpoint in the old form, under akamaster's names in DataParallel, is read bit for bit",
          "[golden]") {
  const ImportedModel imported = import("resnet8_a_checkpoint.pth", Family::kResidual);
  check_numbers(imported);
  CHECK(imported.naming == "akamaster");
  CHECK(imported.prefix == "module.");
  CHECK(imported.spec.shortcut == Shortcut::kZeroPadding);
  CHECK(imported.spec.shortcut_padding == ShortcutPadding::kSymmetric);
}

TEST_CASE("a net in half precision, compiled and under 'model', with option B, becomes float32 without loss",
          "[golden]") {
  const ImportedModel imported = import("resnet8_b_half.pth", Family::kResidual);
  check_numbers(imported);
  CHECK(imported.prefix == "_orig_mod.");
  CHECK(imported.spec.shortcut == Shortcut::kProjectionWhereNeeded);
  CHECK(imported.spec.shortcut_padding == ShortcutPadding::kEnd);
  CHECK(imported.converted == std::map<std::string, std::size_t>{{"float16", imported.tensors - 9}});
}

TEST_CASE("bfloat16 weights in channels-last order, with option C and a `classifier`, become float32 without loss",
          "[golden]") {
  const ImportedModel imported = import("resnet8_c_bfloat16.pth", Family::kResidual);
  check_numbers(imported);
  CHECK(imported.naming == "torchvision with classifier");
  CHECK(imported.spec.shortcut == Shortcut::kProjectionEverywhere);
  CHECK(imported.converted == std::map<std::string, std::size_t>{{"bfloat16", imported.tensors - 10}});
}
