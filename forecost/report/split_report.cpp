// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/split_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "forecost/report/picture.h"

namespace forecost::report {
namespace {

using deployment::Parcel;
using deployment::Placement;
using deployment::Split;
using deployment::SplitCost;

bool runs_here(const Placement& placement) {
  return std::find(placement.begin(), placement.end(), true) != placement.end();
}

bool runs_there(const Placement& placement) {
  return std::find(placement.begin(), placement.end(), false) != placement.end();
}

/// The layers behind which it is cut.
std::string place_of(const SplitView& view, const Placement& placement) {
  if (!runs_there(placement)) return "edge only";
  if (!runs_here(placement)) return "server only";
  std::vector<std::string> layers;
  for (const Parcel* parcel : deployment::sent_parcels(view.problem.graph, placement)) {
    layers.push_back(parcel->maker ? view.problem.graph.pieces[*parcel->maker].layers.back()
                                   : parcel->tensor);
  }
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  return "after " + fmt::format("{}", fmt::join(layers, ", "));
}

std::vector<std::string> tensors_of(const SplitView& view, const Placement& placement) {
  std::vector<std::string> names;
  for (const Parcel* parcel : deployment::sent_parcels(view.problem.graph, placement)) {
    names.push_back(parcel->tensor);
  }
  return names;
}

/// Both extremes, and the fastest split for each single tensor that can be all that is sent; in the order of
/// the network.
std::vector<const Split*> cuts_of(const SplitView& view) {
  std::map<std::size_t, const Split*> cuts;
  const auto& parcels = view.problem.graph.parcels;
  for (const Split& split : view.splits.splits) {
    std::size_t place = 0;
    if (!runs_there(split.edge)) {
      place = parcels.size() + 1;
    } else if (runs_here(split.edge)) {
      if (split.cost.crossing != 1) continue;
      const Parcel* parcel = deployment::sent_parcels(view.problem.graph, split.edge).front();
      if (!parcel->maker) continue;
      place = 1 + static_cast<std::size_t>(parcel - parcels.data());
    }
    const Split*& best = cuts[place];
    if (best == nullptr || split.cost.latency < best->cost.latency) best = &split;
  }
  std::vector<const Split*> ordered;
  for (const auto& entry : cuts) ordered.push_back(entry.second);
  return ordered;
}

Value energy_of(const SplitView& view, const SplitCost& cost) {
  return view.energy ? Value(cost.energy) : Value();
}

Table splits_table(const SplitView& view, std::string key, std::string title,
                   const std::vector<const Split*>& splits) {
  Table table{.key = std::move(key),
              .title = std::move(title),
              .columns = {{"cut", "cut"},
                          {"tensors", "sent tensors", Audience::machines},
                          {"sent_bytes", "sent"},
                          {"latency_ms", "latency"},
                          {"edge_ms", "edge", Audience::everyone, 1},
                          {"transfer_ms", "link", Audience::everyone, 1},
                          {"server_ms", "server", Audience::everyone, 1},
                          {"energy_mj", "energy", view.energy ? Audience::everyone : Audience::machines, 2},
                          {"chosen", "", Audience::machines},
                          {"mark", "", Audience::people}},
              .rows = {}};
  for (const Split* split : splits) {
    const SplitCost& cost = split->cost;
    const bool chosen = split == view.chosen || split->edge == view.chosen->edge;
    table.rows.push_back({place_of(view, split->edge), tensors_of(view, split->edge), cost.sent, cost.latency,
                          cost.edge, cost.transfer, cost.server, energy_of(view, cost), chosen,
                          std::string(chosen ? "<" : "")});
  }
  return table;
}

Table bandwidths_table(const SplitView& view) {
  Table table{.key = "bandwidths",
              .title = "Best cut by bandwidth",
              .columns = {{"bandwidth", "bytes per second", Audience::machines},
                          {"bandwidth_text", "bandwidth", Audience::people},
                          {"cut", "cut"},
                          {"sent_bytes", "sent"},
                          {"latency_ms", "latency"},
                          {"energy_mj", "energy", view.energy ? Audience::everyone : Audience::machines, 1}},
              .rows = {}};
  for (const SplitAt& at : view.others) {
    table.rows.push_back({at.bandwidth, bandwidth_text(at.bandwidth), place_of(view, at.split.edge),
                          at.split.cost.sent, at.split.cost.latency, energy_of(view, at.split.cost)});
  }
  return table;
}

}  // namespace

std::string bandwidth_text(double bytes_per_second) {
  const double bits = 8 * bytes_per_second;
  if (!std::isfinite(bits)) return "no bound";
  if (bits >= 1e9) return fmt::format("{:.4g} Gbit/s", bits * 1e-9);
  if (bits >= 1e6) return fmt::format("{:.4g} Mbit/s", bits * 1e-6);
  return fmt::format("{:.4g} kbit/s", bits * 1e-3);
}

Report split_report(const SplitView& view, std::size_t most) {
  FORECOST_EXPECTS(view.chosen != nullptr, "a split was chosen");
  const SplitCost& cost = view.chosen->cost;
  Report report{
      .kind = "forecost.split", .version = 1, .title = fmt::format("{}: {}", view.network, view.goal)};
  report.facts = {
      {"network", "network", view.network, Audience::machines},
      {"goal", "", view.goal, Audience::machines},
      {"edge", "edge", view.edge},
      {"server", "server", view.server},
      {"bandwidth", "bandwidth", view.problem.link.up, Audience::everyone,
       bandwidth_text(view.problem.link.up)},
      {"round_trip_ms", "round trip", view.problem.link.round_trip},
      {"splits", "splits", static_cast<std::int64_t>(view.splits.splits.size()), Audience::everyone,
       view.splits.complete ? fmt::format("{}, all there are", view.splits.splits.size())
                            : std::string("too many to list; best by minimum cut")},
      {"complete", "", view.splits.complete, Audience::machines},
      {"chosen.cut", "cut", place_of(view, view.chosen->edge)},
      {"chosen.tensors", "sent tensors", tensors_of(view, view.chosen->edge)},
      {"chosen.sent_bytes", "sent", cost.sent},
      {"chosen.received_bytes", "received", cost.received},
      {"chosen.latency_ms", "latency", cost.latency, Audience::everyone,
       fmt::format("{} = edge {} + link {} + server {}", forecost::to_text(cost.latency),
                   forecost::to_text(cost.edge), forecost::to_text(cost.transfer),
                   forecost::to_text(cost.server))},
      {"chosen.edge_ms", "", cost.edge, Audience::machines},
      {"chosen.transfer_ms", "", cost.transfer, Audience::machines},
      {"chosen.server_ms", "", cost.server, Audience::machines}};
  if (view.edge_part && view.server_part) {
    const Seconds whole = *view.edge_part + cost.transfer + *view.server_part;
    report.facts.push_back({"parts.latency_ms", "as two networks", whole, Audience::everyone,
                            fmt::format("{} = edge {} + link {} + server {}", forecost::to_text(whole),
                                        forecost::to_text(*view.edge_part), forecost::to_text(cost.transfer),
                                        forecost::to_text(*view.server_part))});
    report.facts.push_back({"parts.edge_ms", "", *view.edge_part, Audience::machines});
    report.facts.push_back({"parts.server_ms", "", *view.server_part, Audience::machines});
  }
  if (view.energy) report.facts.push_back({"chosen.energy_mj", "energy of the edge", cost.energy});
  if (!view.others.empty()) report.tables.push_back(bandwidths_table(view));
  report.tables.push_back(
      splits_table(view, "cuts", "Cuts at one tensor, in the order of the network", cuts_of(view)));
  report.tables.back().limit = most;
  if (view.energy) {
    const std::vector<Split> front = deployment::pareto_of(view.splits.splits);
    std::vector<const Split*> shown;
    for (const Split& split : front) shown.push_back(&split);
    report.tables.push_back(
        splits_table(view, "front", "Splits that no other beats in latency and energy", shown));
    report.tables.back().limit = most;
    report.warnings.push_back({"energy rests on the declared powers of the edge and its radio", ""});
  }
  report.csv_table = "cuts";
  for (const Warning& warning : view.warnings) report.warnings.push_back(warning);
  return report;
}

std::string split_picture(const SplitView& view) {
  BarChart chart;
  chart.title = fmt::format("{} over {}", view.network, bandwidth_text(view.problem.link.up));
  chart.value.title = "latency";
  chart.value.text = [](double x) { return forecost::to_text(Seconds(x)); };
  chart.names = {"edge", "link", "server"};
  std::vector<const Split*> cuts = cuts_of(view);
  const bool there = std::any_of(cuts.begin(), cuts.end(),
                                 [&view](const Split* split) { return split->edge == view.chosen->edge; });
  if (!there) cuts.push_back(view.chosen);
  for (const Split* split : cuts) {
    const SplitCost& cost = split->cost;
    chart.bars.push_back({.label = place_of(view, split->edge),
                          .parts = {cost.edge.value, cost.transfer.value, cost.server.value},
                          .chosen = split->edge == view.chosen->edge});
  }
  return to_svg(chart);
}

}  // namespace forecost::report
