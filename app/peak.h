// SPDX-License-Identifier: Apache-2.0
/// Peak memory of a network, measured by running it in another process of this program.
#pragma once

#include <string>

#include "app/command.h"
#include "app/models.h"
#include "forecost/measurement/memory_probe.h"

namespace forecost::app {

/// Starts this program again, hidden command `probe-peak`, and waits for it. A child that crashes, is killed
/// for memory or cannot run the network is an error that says so. Other processes are unaffected.
measurement::PeakProbe peak_probe(const std::string& library);

/// Peak of the model, the median of three processes. The model is written to a temporary file first where it
/// is built in.
Result<Bytes> measure_peak(const Session& session, const network::Network& network, const SizeOptions& sizes,
                           const device::Settings& settings, const measurement::PeakProbe& probe);

/// The hidden command: opens the model, runs it three times, prints {"peak_bytes": N}.
void add_probe_peak(CLI::App& program, Invocation& invocation);

}  // namespace forecost::app
