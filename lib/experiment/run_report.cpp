// SPDX-License-Identifier: MIT
#include "experiment/run_report.hpp"

#include "cli/print.hpp"
#include "cli/progress.hpp"
#include "experiment/run_status.hpp"
#include "record/provenance.hpp"

namespace resnet {

nlohmann::ordered_json run_summary(const RunFolder& run) {
  const RunStatus status = last_status(run);
  nlohmann::ordered_json summary = {{"run", run.path.string()},
                                    {"finished", run.is_finished()},
                                    {"iteration", status.iteration},
                                    {"iterations", status.iterations}};
  if (run.is_finished()) summary.update(read_json(run.result()));
  return summary;
}

void print_run(const RunFolder& run) {
  if (!run.is_finished()) {
    const RunStatus status = last_status(run);
    tell("stopped after iteration {} of {}; the same command goes on from there\n", status.iteration,
         status.iterations);
    return;
  }
  const RunResult result = read_result(run);
  tell(
      "{} after {} iterations (schedule {}, {}, seed {}): {} error {:.2f} % ({} of {} images), training error "
      "{:.2f} % (augmented, last epoch), {:.2f} % (single view, evaluation mode); {} of training\n{}\n",
      result.model, result.iterations, result.schedule, result.precision, result.seed, result.evaluated_on,
      result.test_error_percent, result.test_errors, result.test_images, result.training_error_percent,
      result.single_view_training_error_percent, human_duration(result.seconds), run.path.string());
}

namespace {

std::string machine_of(const Session& session) {
  std::string machine = session.cpu.empty() ? "unknown processor" : session.cpu;
  if (session.threads > 0) {
    machine += fmt::format(", {} {}", session.threads, session.threads == 1 ? "thread" : "threads");
  }
  if (!session.device.empty() && session.device != "cpu") machine += ", " + session.device;
  return machine;
}

}  // namespace

std::set<std::string> machines_of(const RunFolder& run) {
  std::set<std::string> machines;
  for (const Session& session : read_sessions(run)) machines.insert(machine_of(session));
  return machines;
}

std::set<std::string> hardware_of(const RunFolder& run) {
  std::set<std::string> hardware;
  for (const Session& session : read_sessions(run)) {
    hardware.insert(session.kernels.empty() ? machine_of(session) : machine_of(session) + ", " + session.kernels);
  }
  return hardware;
}

}  // namespace resnet
