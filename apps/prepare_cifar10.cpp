// SPDX-License-Identifier: MIT
// Fills data/cifar-10-batches-bin with CIFAR-10, and checks every byte of what is there already.
#include "prepare/prepare_cifar10.hpp"

#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/run_main.hpp"
#include "core/stop_request.hpp"
#include "prepare/show_progress.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("prepare_cifar10",
                            "Gets CIFAR-10 and puts it into a folder in its official binary layout.");
    options.add("data", resnet::default_cifar10_folder().string(), "folder to fill");
    if (!options.parse(argc, argv)) return 0;
    resnet::turn_signals_into_requests();
    resnet::ProgressLine line;
    resnet::prepare_cifar10(options.path("data"), resnet::show_on(line), resnet::Check::kHashes);
    line.say(options.text("data") + ": complete, every file has the sha256 it must have");
    return 0;
  });
}
