// SPDX-License-Identifier: MIT
// Makes a net of this library of a file of weights: Python's torch.save or safetensors.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"
#include "core/names.hpp"
#include "core/new_folder.hpp"
#include "core/shown.hpp"
#include "dataset/cifar10.hpp"
#include "exchange/import_model.hpp"
#include "exchange/trained_model.hpp"
#include "experiment/model_flags.hpp"

namespace {

namespace fs = std::filesystem;

constexpr const char* kWeights = "weights.safetensors";

resnet::ImportChoice choice_from(const resnet::ModelHints& hints) {
  return {*hints.net, hints.shortcut, hints.shortcut_padding, hints.bottleneck_stride};
}

/// The lines of the file given by --classes; what the file of weights says; CIFAR-10's classes for a CIFAR net of ten;
/// else none.
std::vector<std::string> class_names_from(const resnet::Options& options, const resnet::ImportedModel& imported) {
  const std::int64_t classes = imported.spec.classes;
  if (!options.given("classes")) {
    const bool is_cifar10 = imported.spec.design == resnet::Design::kCifar && classes == 10;
    return imported.class_names.empty() && is_cifar10 ? resnet::cifar10_class_names() : imported.class_names;
  }
  std::vector<std::string> names = resnet::read_class_names(options.path("classes"));
  resnet::require(static_cast<std::int64_t>(names.size()) == classes,
                  "{}: has {} lines, expected the names of the net's {} classes", options.text("classes"), names.size(),
                  classes);
  return names;
}

/// Throws Error if the folder holds what is to be imported, or anything that no import put there: it is replaced as a
/// whole.
void check_target(const fs::path& folder, const fs::path& from) {
  resnet::require_writable(folder.parent_path().empty() ? "." : folder.parent_path());
  if (!fs::is_directory(folder)) return;
  std::error_code none;
  resnet::require(!fs::equivalent(folder, fs::absolute(from).parent_path(), none),
                  "{}: holds {}, which is to be imported, and would be replaced; choose another folder",
                  folder.string(), from.string());
  for (const auto& entry : fs::directory_iterator(folder)) {
    resnet::require(entry.path().filename() == kWeights, "{}: holds {}, and would be replaced; choose another folder",
                    folder.string(), entry.path().filename().string());
  }
}

std::string converted_text(const resnet::ImportedModel& imported) {
  std::string text;
  for (const auto& [dtype, tensors] : imported.converted) {
    text += fmt::format("  {} of its tensors were {} and are float32 now\n", tensors, dtype);
  }
  if (imported.counts_missing > 0) {
    text +=
        fmt::format("  {} counts of batches (num_batches_tracked) are not in it, or are no counts, and begin at 0\n",
                    imported.counts_missing);
  }
  if (!imported.left_out.empty()) {
    text +=
        fmt::format("  {} tensors that do not stand behind '{}' are left out, '{}' for one\n", imported.left_out.size(),
                    resnet::shown(imported.prefix), resnet::shown(imported.left_out.front()));
  }
  return text;
}

std::string naming_text(const std::string& naming) {
  if (naming == "order and shapes") return "found by their order and shapes";
  return "named as " + (naming == "akamaster" ? "akamaster's nets" : naming);
}

void tell_found(const std::string& file, const resnet::ImportedModel& imported,
                const std::vector<std::string>& class_names) {
  const resnet::ModelSpec& spec = imported.spec;
  resnet::tell("{}: {}, {} tensors, {}{}\n", file, imported.format, imported.tensors, naming_text(imported.naming),
               imported.prefix.empty() ? "" : fmt::format(" behind '{}'", resnet::shown(imported.prefix)));
  const std::string padding = fmt::format(" (zero channels: {})", shortcut_padding_name(spec.shortcut_padding));
  const std::string stride = fmt::format(", stride on the {}", bottleneck_stride_name(spec.bottleneck_stride));
  resnet::tell("  {}, shortcuts: {}{}{}, {} classes{}\n", model_name(spec), shortcut_name(spec),
               pads_with_zeros(spec) ? padding : "", has_bottlenecks(spec) ? stride : "", spec.classes,
               class_names.empty() ? " without names" : fmt::format(": {} ...", resnet::shown(class_names.front())));
  resnet::tell("{}", converted_text(imported));
}

/// What the net may be wrong in, as it was not found but taken to be so.
void tell_assumed(const resnet::ImportedModel& imported) {
  if (imported.naming == "order and shapes") {
    resnet::tell("  none of its names is known, only order and shapes fit: check the net's error before you use it\n");
  }
  if (has_bottlenecks(imported.spec) && imported.stride_source == resnet::StrideSource::kAssumed) {
    resnet::tell(
        "  nobody says where its bottlenecks have their stride: taken as torchvision has it, on the {}; for nets "
        "of the paper's authors give --bottleneck-stride 1x1\n",
        bottleneck_stride_name(imported.spec.bottleneck_stride));
  }
}

std::string stride_source_name(resnet::StrideSource source) {
  if (source == resnet::StrideSource::kChoice) return "flag";
  return source == resnet::StrideSource::kFile ? "file" : "assumed";
}

nlohmann::ordered_json to_json(const std::string& file, const resnet::ImportedModel& imported,
                               const std::vector<std::string>& class_names, const fs::path& folder) {
  const resnet::ModelSpec& spec = imported.spec;
  return {{"from", file},
          {"format", imported.format},
          {"naming", imported.naming},
          {"prefix", imported.prefix},
          {"model", model_name(spec)},
          {"shortcut", shortcut_name(spec)},
          {"shortcut_padding", shortcut_padding_name(spec.shortcut_padding)},
          {"bottleneck_stride", has_bottlenecks(spec) ? bottleneck_stride_name(spec.bottleneck_stride) : "none"},
          {"bottleneck_stride_from", has_bottlenecks(spec) ? stride_source_name(imported.stride_source) : "none"},
          {"classes", spec.classes},
          {"class_names", class_names},
          {"tensors", imported.tensors},
          {"converted", imported.converted},
          {"counts_missing", imported.counts_missing},
          {"left_out", imported.left_out},
          {"to", folder.string()}};
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options(
        "import",
        "Makes a net of this library of a file of weights: Python's torch.save or safetensors.\n"
        "Nothing in the file is executed. What its images are normalised by is stored with the net.");
    options.add("from", "", "the file: a state_dict, a training checkpoint, or safetensors");
    resnet::add_model_flags(options);
    options.add("to", "", "folder to make; an earlier import there is replaced");
    options.add("classes", "",
                "file with a class name a line [what the file says; CIFAR-10's, for a CIFAR net of ten]");
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;
    for (const char* flag : {"from", "model", "to", "mean", "std"}) {
      resnet::require_usage(options.given(flag), "--{} is missing; see --help", flag);
    }

    const resnet::ModelHints hints = resnet::model_hints_from(options);
    const fs::path folder = options.path("to");
    const std::string file = options.text("from");
    check_target(folder, file);
    const resnet::ImportedModel imported = resnet::import_model(file, choice_from(hints));
    const auto class_names = class_names_from(options, imported);

    resnet::NewFolder made(folder);
    resnet::save_trained_model(made.path() / kWeights,
                               {imported.spec, imported.net, *hints.input, class_names, imported.recipe});
    made.put_in_place();
    if (options.is_on("json")) {
      resnet::print_json(to_json(file, imported, class_names, folder));
    } else {
      tell_found(file, imported, class_names);
      resnet::tell("imported to {}\n", folder.string());
    }
    tell_assumed(imported);
    return 0;
  });
}
