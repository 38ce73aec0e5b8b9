// SPDX-License-Identifier: MIT
#include "exchange/export_torchscript.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>
#include <string>

#include "core/checked_file.hpp"
#include "exchange/export_facts.hpp"
#include "exchange/export_proof.hpp"

namespace resnet {
namespace {

namespace jit = torch::jit;

std::string bytes_of(const jit::Module& module, const ExportFacts& facts) {
  const auto files = to_files(facts);
  std::ostringstream out;  // a stream, as a file's name would become a part of its content
  module.save(out, {files.begin(), files.end()});
  return out.str();
}

void prove(const std::filesystem::path& file, const TrainedModel& model, const ExportForm& form) {
  jit::Module exported = jit::load(file.string());
  ExportProof proof(model, *facts_of(model, form.with_preprocessing).input);
  const auto run = [&](const at::Tensor& images) { return exported.forward({images}).toTensor(); };
  if (form.folded) return proof.require_equal(run, kRoundingTolerance);
  exported.eval();
  proof.require_equal(run, /*tolerance=*/0);
  exported.train();
  proof.train();
  proof.require_equal(run, /*tolerance=*/0);
  const std::string prefix = form.with_preprocessing ? "net." : "";
  for (const auto& buffer : exported.named_buffers()) {
    if (buffer.name.starts_with(prefix)) proof.require_equal_buffer(buffer.name.substr(prefix.size()), buffer.value);
  }
}

}  // namespace

void export_torchscript(const std::filesystem::path& file, const TrainedModel& model, const ExportForm& form) {
  const ExportFacts facts = facts_of(model, form.with_preprocessing);
  write_checked(file, bytes_of(to_torchscript(model, form), facts),
                [&](const std::filesystem::path& candidate) { prove(candidate, model, form); });
}

}  // namespace resnet
