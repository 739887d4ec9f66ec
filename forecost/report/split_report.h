// SPDX-License-Identifier: Apache-2.0
/// Where to cut a network between an edge device and a server (docs/formats/split.md).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "forecost/deployment/split.h"
#include "forecost/report/report.h"

namespace forecost::report {

/// The best split over one link.
struct SplitAt {
  double bandwidth = 0;  ///< bytes per second, upwards
  deployment::Split split;
};

struct SplitView {
  const deployment::SplitProblem& problem;
  const deployment::SplitSet& splits;
  const deployment::Split* chosen = nullptr;  ///< of the splits
  std::string network;
  std::string edge;                    ///< device
  std::string server;                  ///< "server-t8", "10 x edge-t1"
  std::string goal;                    ///< "least latency"
  bool energy = false;                 ///< the edge's power was declared
  std::optional<Seconds> edge_part;    ///< the edge's layers forecast as a network of their own
  std::optional<Seconds> server_part;  ///< likewise
  std::vector<SplitAt> others;         ///< best splits over further links
  std::vector<Warning> warnings;       ///< of the forecasts
};

/// `most`: rows of cuts that people see, 0 for all. Requires: `chosen` is not null.
Report split_report(const SplitView& view, std::size_t most);

/// Latency of the cuts at one tensor in the order of the network, edge, link and server stacked.
std::string split_picture(const SplitView& view);

/// "10 Mbit/s"; "no bound" where it is infinite.
std::string bandwidth_text(double bytes_per_second);

}  // namespace forecost::report
