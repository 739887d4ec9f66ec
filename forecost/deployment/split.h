// SPDX-License-Identifier: Apache-2.0
/// Where to cut one network between an edge device and a server (Neurosurgeon: Kang et al., ASPLOS 2017, for
/// any graph instead of a chain).
///
/// A split puts every piece on one side; a piece on the edge has all makers of its tensors there, so data
/// crosses once, upwards. Tensors that cross are sent once each, whoever reads them; outputs of the network
/// that the server makes come back.
///   latency = edge pieces + sending + round trip + server pieces + receiving
///   energy  = edge pieces x power of the edge + radio + waiting x idle power           (of the edge device)
/// Nothing overlaps. Where everything runs on the edge there is no round trip.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "forecost/deployment/link.h"
#include "forecost/deployment/pieces.h"
#include "forecost/quantity/quantity.h"

namespace forecost::deployment {

struct SplitProblem {
  PieceGraph graph;
  Link link;
  Watts edge_power;  ///< declared, while the edge computes
};

/// One flag per piece: it runs on the edge.
using Placement = std::vector<bool>;

struct SplitCost {
  Seconds edge;      ///< computing there
  Seconds transfer;  ///< sending, round trip and receiving
  Seconds server;    ///< computing there
  Seconds latency;   ///< the sum
  Joules energy;     ///< of the edge device
  Bytes sent;
  Bytes received;
  std::size_t crossing = 0;  ///< tensors that are sent
};

/// Requires: the placement is valid as above. O(pieces + readers).
SplitCost cost_of(const SplitProblem& problem, const Placement& placement);

/// What is sent, in the order of the parcels.
std::vector<const Parcel*> sent_parcels(const PieceGraph& graph, const Placement& placement);

struct Split {
  Placement edge;
  SplitCost cost;
};

struct SplitWeights {
  double latency = 1;  ///< per second
  double energy = 0;   ///< per joule
};

/// The split of least weighted cost over all splits of the graph, by one minimum cut: every cost is a sum
/// over pieces and tensors, so it is the capacity of a cut. Exact. Weights >= 0, not both 0.
Split best_split(const SplitProblem& problem, const SplitWeights& weights);

struct SplitSet {
  std::vector<Split> splits;
  bool complete = true;  ///< every split is there
};

/// Every split, unless there are more than `most`: then those before each piece (everything it rests on and
/// the piece itself on the edge), the two extremes, and the best of 101 weightings between latency and
/// energy.
SplitSet list_splits(const SplitProblem& problem, std::size_t most = 50'000);

/// Splits that no other beats in latency and energy, the fastest first; equal costs once. O(n log n).
std::vector<Split> pareto_of(std::vector<Split> splits);

struct SplitLimits {
  Seconds latency{std::numeric_limits<double>::infinity()};
  Joules energy{std::numeric_limits<double>::infinity()};
};

/// Of the splits that hold the limits the fastest (or, with `for_energy`, the most frugal; ties by the
/// other), null without one.
enum class SplitAim { latency, energy };
const Split* choose(const std::vector<Split>& splits, const SplitLimits& limits, SplitAim aim);

}  // namespace forecost::deployment
