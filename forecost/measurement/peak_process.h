// SPDX-License-Identifier: Apache-2.0
/// Peak memory of a network, measured by a process of its own.
#pragma once

#include <string>

#include "forecost/measurement/memory_probe.h"

namespace forecost::measurement {

/// Starts `program probe-peak FILE --batch N --threads N [--cores A,B] [--dim NAME=N] [--library FILE]` and
/// waits; it runs the network and prints {"peak_bytes": N}, or {"error": "...", "hint": "..."}. The forecost
/// program has this command. A process that crashes, is killed for memory or says nothing is an error that
/// tells which.
PeakProbe peak_process(const std::string& program, const std::string& library);

/// The median of three processes: peaks of one network differ by up to a quarter, as the heap's holes depend
/// on addresses. Fails with the first failure.
Result<Bytes> median_peak(const PeakRequest& request, const PeakProbe& probe);

}  // namespace forecost::measurement
