// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/split.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "forecost/numeric/max_flow.h"

namespace forecost::deployment {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Pieces that must be on the edge before a piece can be.
std::vector<std::vector<std::size_t>> makers_of(const PieceGraph& graph) {
  std::vector<std::vector<std::size_t>> makers(graph.pieces.size());
  for (const Parcel& parcel : graph.parcels) {
    if (!parcel.maker) continue;
    for (const std::size_t reader : parcel.readers) makers[reader].push_back(*parcel.maker);
  }
  return makers;
}

Split split_of(const SplitProblem& problem, Placement placement) {
  const SplitCost cost = cost_of(problem, placement);
  return {std::move(placement), cost};
}

double weighted(const SplitCost& cost, const SplitWeights& weights) {
  return weights.latency * cost.latency.value + weights.energy * cost.energy.value;
}

/// Every placement in which makers of an edge piece are on the edge, by deciding piece after piece.
class Lister {
 public:
  Lister(const SplitProblem& problem, std::size_t most)
      : problem_(problem), most_(most), makers_(makers_of(problem.graph)), now_(makers_.size()) {}

  /// False when there are more than `most`.
  bool run(std::vector<Split>& splits) { return decide(0, splits); }

 private:
  bool decide(std::size_t piece, std::vector<Split>& splits) {
    if (piece == now_.size()) {
      if (splits.size() == most_) return false;
      splits.push_back(split_of(problem_, now_));
      return true;
    }
    const bool can_be_edge =
        std::all_of(makers_[piece].begin(), makers_[piece].end(), [&](std::size_t m) { return now_[m]; });
    now_[piece] = false;
    if (!decide(piece + 1, splits)) return false;
    if (!can_be_edge) return true;
    now_[piece] = true;
    const bool fits = decide(piece + 1, splits);
    now_[piece] = false;
    return fits;
  }

  const SplitProblem& problem_;
  std::size_t most_;
  std::vector<std::vector<std::size_t>> makers_;
  Placement now_;
};

std::vector<Split> some_splits(const SplitProblem& problem) {
  const std::vector<std::vector<std::size_t>> makers = makers_of(problem.graph);
  const std::size_t count = makers.size();
  std::vector<Split> splits{split_of(problem, Placement(count, false)),
                            split_of(problem, Placement(count, true))};
  for (std::size_t last = 0; last < count; ++last) {
    Placement placement(count, false);
    placement[last] = true;
    for (std::size_t piece = last + 1; piece-- > 0;) {
      if (!placement[piece]) continue;
      for (const std::size_t maker : makers[piece]) placement[maker] = true;
    }
    splits.push_back(split_of(problem, std::move(placement)));
  }
  double slowest = 0;
  double hungriest = 0;
  for (const Split& split : splits) {
    slowest = std::max(slowest, split.cost.latency.value);
    hungriest = std::max(hungriest, split.cost.energy.value);
  }
  constexpr int steps = 100;
  for (int step = 0; step <= steps; ++step) {
    const double share = static_cast<double>(step) / steps;
    const SplitWeights weights{.latency = slowest > 0 ? (1 - share) / slowest : 1 - share,
                               .energy = hungriest > 0 ? share / hungriest : share};
    splits.push_back(best_split(problem, weights));
  }
  return splits;
}

}  // namespace

SplitCost cost_of(const SplitProblem& problem, const Placement& placement) {
  const PieceGraph& graph = problem.graph;
  FORECOST_EXPECTS(placement.size() == graph.pieces.size(), "a placement has a flag per piece");
  SplitCost cost;
  bool any_edge = false;
  bool any_server = false;
  for (std::size_t p = 0; p < placement.size(); ++p) {
    (placement[p] ? cost.edge : cost.server) += placement[p] ? graph.pieces[p].edge : graph.pieces[p].server;
    (placement[p] ? any_edge : any_server) = true;
  }
  if (any_edge) cost.edge += graph.edge_run;
  if (any_server) cost.server += graph.server_run;
  for (const Parcel& parcel : graph.parcels) {
    const bool made_here = !parcel.maker || placement[*parcel.maker];
    const bool read_there = std::any_of(parcel.readers.begin(), parcel.readers.end(),
                                        [&placement](std::size_t reader) { return !placement[reader]; });
    FORECOST_EXPECTS(
        made_here || std::none_of(parcel.readers.begin(), parcel.readers.end(),
                                  [&placement](std::size_t reader) { return placement[reader]; }),
        "what an edge piece reads is made on the edge");
    if (made_here && read_there) {
      cost.sent += parcel.bytes;
      ++cost.crossing;
    }
    if (!made_here && parcel.output) cost.received += parcel.bytes;
  }
  if (any_server) {
    cost.transfer = sending_time(problem.link, cost.sent) + receiving_time(problem.link, cost.received) +
                    problem.link.round_trip;
    cost.energy = radio_energy(problem.link, cost.sent, cost.received) +
                  waiting_energy(problem.link, problem.link.round_trip + cost.server);
  }
  cost.energy += Joules(cost.edge.value * problem.edge_power.value);
  cost.latency = cost.edge + cost.transfer + cost.server;
  return cost;
}

std::vector<const Parcel*> sent_parcels(const PieceGraph& graph, const Placement& placement) {
  std::vector<const Parcel*> sent;
  for (const Parcel& parcel : graph.parcels) {
    const bool made_here = !parcel.maker || placement[*parcel.maker];
    const bool read_there = std::any_of(parcel.readers.begin(), parcel.readers.end(),
                                        [&placement](std::size_t reader) { return !placement[reader]; });
    if (made_here && read_there) sent.push_back(&parcel);
  }
  return sent;
}

Split best_split(const SplitProblem& problem, const SplitWeights& weights) {
  const PieceGraph& graph = problem.graph;
  const std::size_t count = graph.pieces.size();
  FORECOST_EXPECTS(weights.latency >= 0 && weights.energy >= 0 && weights.latency + weights.energy > 0,
                   "weights are positive");
  const double per_edge_second = weights.latency + weights.energy * problem.edge_power.value;
  const double per_server_second = weights.latency + weights.energy * problem.link.idle_power.value;
  const auto sending = [&](Bytes bytes) {
    return weights.latency * sending_time(problem.link, bytes).value +
           weights.energy * radio_energy(problem.link, bytes, Bytes(0)).value;
  };
  const auto receiving = [&](Bytes bytes) {
    return weights.latency * receiving_time(problem.link, bytes).value +
           weights.energy * radio_energy(problem.link, Bytes(0), bytes).value;
  };
  // Source side: edge. A piece pays on the side where it is not cut off.
  const std::size_t edge = count + graph.parcels.size();
  const std::size_t server = edge + 1;
  numeric::MaxFlow flow(server + 1);
  std::vector<double> there(count);
  for (std::size_t p = 0; p < count; ++p) {
    flow.arc(p, server, per_edge_second * graph.pieces[p].edge.value);
    there[p] = per_server_second * graph.pieces[p].server.value;
  }
  for (std::size_t t = 0; t < graph.parcels.size(); ++t) {
    const Parcel& parcel = graph.parcels[t];
    if (parcel.maker && parcel.output) there[*parcel.maker] += receiving(parcel.bytes);
    if (parcel.readers.empty()) continue;
    flow.arc(parcel.maker ? *parcel.maker : edge, count + t, sending(parcel.bytes));
    for (const std::size_t reader : parcel.readers) {
      flow.arc(count + t, reader, infinity);
      if (parcel.maker) flow.arc(reader, *parcel.maker, infinity);
    }
  }
  for (std::size_t p = 0; p < count; ++p) flow.arc(edge, p, there[p]);
  Placement placement = flow.source_side(edge, server);
  placement.resize(count);
  // What is paid once per side and per request is the same for every true split and no more for the extremes.
  Split best = split_of(problem, std::move(placement));
  for (const bool all : {false, true}) {
    Split extreme = split_of(problem, Placement(count, all));
    if (weighted(extreme.cost, weights) < weighted(best.cost, weights)) best = std::move(extreme);
  }
  return best;
}

SplitSet list_splits(const SplitProblem& problem, std::size_t most) {
  SplitSet set;
  set.complete = Lister(problem, most).run(set.splits);
  if (!set.complete) set.splits = some_splits(problem);
  return set;
}

std::vector<Split> pareto_of(std::vector<Split> splits) {
  std::stable_sort(splits.begin(), splits.end(), [](const Split& a, const Split& b) {
    return std::tie(a.cost.latency, a.cost.energy) < std::tie(b.cost.latency, b.cost.energy);
  });
  std::vector<Split> front;
  for (Split& split : splits) {
    if (front.empty() || split.cost.energy < front.back().cost.energy) front.push_back(std::move(split));
  }
  return front;
}

const Split* choose(const std::vector<Split>& splits, const SplitLimits& limits, SplitAim aim) {
  const Split* best = nullptr;
  const auto key = [aim](const Split& split) {
    const double latency = split.cost.latency.value;
    const double energy = split.cost.energy.value;
    return aim == SplitAim::latency ? std::pair(latency, energy) : std::pair(energy, latency);
  };
  for (const Split& split : splits) {
    if (split.cost.latency > limits.latency || split.cost.energy > limits.energy) continue;
    if (best == nullptr || key(split) < key(*best)) best = &split;
  }
  return best;
}

}  // namespace forecost::deployment
