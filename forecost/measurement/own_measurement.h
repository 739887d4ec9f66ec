// SPDX-License-Identifier: Apache-2.0
/// Records of runners that measure by themselves: a board, a phone, a GPU behind a program.
#pragma once

#include <span>
#include <vector>

#include "forecost/measurement/measure.h"

namespace forecost::measurement {

/// A network measured where it runs.
struct Told {
  Record record;
  device::Measured measured;
};

/// One network. Kernels are those of the graph that the runner shows, else by the rules of its runtime; their
/// times are the node times it tells, and none where it tells none. Energies keep the name of its sensor.
/// Fails: as Runner::measure(), and as inference and lowering do.
Result<Told> measure_there(const Bench& bench, const Item& item, const Protocol& protocol);

/// One after the other, in order; one that fails does not stop the others.
std::vector<Result<Record>> measure_there(const Bench& bench, std::span<const Item> items,
                                          const Protocol& protocol);

/// Arithmetic peak and bandwidths of what stands behind such a runner, by networks of one kernel: matrix
/// products of 256 ... 8192 until one takes 2 ms, and Relu on 1, 16 and 128 MB (half of it read, half
/// written). Fails: as Runner::measure() for the first of them; later ones that fail are left out.
Result<device::Card> roofs_there(const Bench& bench);

}  // namespace forecost::measurement
