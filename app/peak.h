// SPDX-License-Identifier: Apache-2.0
/// Peak memory of a network, measured by running it in another process of this program.
#pragma once

#include <string>

#include "app/command.h"
#include "app/models.h"
#include "forecost/measurement/peak_process.h"

namespace forecost::app {

/// This program, started again with its hidden command `probe-peak`.
inline measurement::PeakProbe peak_probe(const std::string& library) {
  return measurement::peak_process("/proc/self/exe", library);
}

/// Peak of the model in a process of its own. The model is written to a temporary file first where it is
/// built in.
Result<measurement::PeakMemory> measure_peak(const Session& session, const network::Network& network,
                                             const SizeOptions& sizes, const device::Settings& settings,
                                             const measurement::PeakProbe& probe);

/// The hidden command: opens the model, runs it three times, prints what peak_process() reads.
void add_probe_peak(CLI::App& program, Invocation& invocation);

}  // namespace forecost::app
