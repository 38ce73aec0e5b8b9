// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record/run_folder.hpp"

namespace resnet {

/// What computed a part of a run: one process, from when it took up the run to its last checkpoint.
///
/// Units    seconds of wall time.
struct Session {
  std::string started_utc;
  std::string command;
  std::string commit;  ///< Of the source tree when the process began; what it was built from may be older.
  std::string libtorch;
  std::string device;
  std::string precision;
  std::string kernels;  ///< Whose, and for which instruction set: "fast (AVX2)".
  std::int64_t threads = 0;
  std::int64_t from_iteration = 0;
  std::int64_t to_iteration = 0;
  double seconds = 0;
  std::string cpu;

  bool operator==(const Session&) const = default;
};

/// Writes the run's provenance.json: the sessions of earlier processes as they stand there, then this one, with
/// process, compiler, cores and peak memory (peak_memory_bytes) filled in; and over all of them the sum of their
/// seconds and the largest of their peaks.
///
/// A session is known by its start and process: the call at each checkpoint replaces the row of the call before.
void record_session(const RunFolder& run, const Session& session);

/// The run's sessions, first to last. What a session does not tell, one of an early version for instance, is empty or
/// 0.
///
/// Throws   Error if the file is broken.
std::vector<Session> read_sessions(const RunFolder& run);

/// The commit of the source tree, with "-dirty" where files differ from it; "unknown" outside a git checkout.
std::string source_commit();

std::string compiler_name();
std::string processor_name();

/// Lets peak_memory_bytes count from now on: called where a run begins, so that it is not given what the process held
/// for another before.
///
/// Where the kernel does not allow it, the count goes on.
void begin_peak_memory();

/// The largest resident size of this process, in bytes, since begin_peak_memory or its start. What is held at that
/// moment is part of it, blocks that a cache keeps for the next taker too.
std::int64_t peak_memory_bytes();

/// The time now as 2015-12-10T12:00:00Z.
std::string utc_now();

/// The command line as a shell would take it again.
std::string command_line(int argc, const char* const* argv);

}  // namespace resnet
