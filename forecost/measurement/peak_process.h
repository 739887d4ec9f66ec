// SPDX-License-Identifier: Apache-2.0
/// Peak memory of a network, measured by a process of its own.
#pragma once

#include <string>

#include "forecost/measurement/memory_probe.h"

namespace forecost::measurement {

/// Starts `program probe-peak FILE --batch N --threads N [--cores A,B] [--dim NAME=N] [--library FILE]` and
/// waits; it runs the network and prints {"loading_bytes": N, "loaded_bytes": N, "running_bytes": N}, or
/// {"error": "...", "hint": "..."}. The forecost program has this command. A process that crashes, is killed
/// for memory or says nothing is an error that tells which.
PeakProbe peak_process(const std::string& program, const std::string& library);

/// The median peak of three processes, for HeapHoles::kept. Fails with the first failure.
Result<Bytes> median_peak(const PeakRequest& request, const PeakProbe& probe);

}  // namespace forecost::measurement
