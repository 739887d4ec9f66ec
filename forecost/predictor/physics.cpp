// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/physics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecost/network/network.h"
#include "forecost/predictor/tile_features.h"

namespace forecost::predictor {
namespace {

double up(double value, double step) {
  return std::ceil(value / step) * step;
}

bool blocked(const layer::Kernel& kernel) {
  return kernel.path.rfind("nchwc", 0) == 0;
}

/// Share of the products that are made for one tile of rows at a time. All of them, but in recurrent layers
/// only those with the state before: the inputs of all steps are multiplied at once.
double tiled_share(const layer::Kernel& kernel) {
  constexpr std::size_t recurrence = 2;  ///< input [directions, gates * hidden, hidden]
  if (kernel.path != "recurrent" || kernel.inputs.size() <= recurrence) return 1;
  const layer::Shape& weights = kernel.inputs[recurrence];
  return weights.empty() ? 1 : static_cast<double>(weights.back()) / std::max(1.0, kernel.cost.extents.k);
}

double bandwidth(const device::Card& card, double bytes) {
  const double capped = std::min(bytes, 1e15);
  const double measured = card.bandwidth_for(Bytes(static_cast<std::int64_t>(capped)));
  return measured > 0 ? measured : 1e10;
}

double last_bandwidth(const device::Card& card) {
  const double measured = card.memory.empty() ? 0 : card.memory.back().bandwidth;
  return measured > 0 ? measured : 1e10;
}

}  // namespace

std::string_view name_of(Term term) {
  static constexpr std::array<std::string_view, term_count> names = {
      "roof", "work",   "tail",      "border", "other", "serial", "input",    "weights",  "fetched",
      "aged", "output", "workspace", "far",    "calls", "rows",   "elements", "constant", "tiles"};
  return names[static_cast<std::size_t>(term)];
}

double peak_for(const device::Card& card, layer::ElementType element) {
  auto found = card.peak_operations.find(std::string(network::name_of(element)));
  if (found == card.peak_operations.end()) found = card.peak_operations.find("float32");
  return found != card.peak_operations.end() && found->second > 0 ? found->second : 1e9;
}

Physics physics_of(const layer::Kernel& kernel, const device::Card& card) {
  const layer::Extents& e = kernel.cost.extents;
  Physics p;
  p.macs = static_cast<double>(kernel.cost.macs.value);
  p.other_operations = std::max(0.0, static_cast<double>(kernel.cost.operations.value) - 2 * p.macs);
  p.weight_bytes = static_cast<double>(kernel.cost.weights.value);
  p.input_bytes = std::max(0.0, static_cast<double>(kernel.cost.read.value) - p.weight_bytes);
  p.output_bytes = static_cast<double>(kernel.cost.written.value);
  p.workspace_bytes = static_cast<double>(kernel.workspace.value);
  p.working_set = p.input_bytes + p.weight_bytes + p.output_bytes + p.workspace_bytes;
  p.footprint = std::max(p.working_set, static_cast<double>(kernel.footprint.value));
  for (const layer::Shape& shape : kernel.outputs) {
    double count = 1;
    for (std::int64_t extent : shape) count *= static_cast<double>(extent);
    p.elements += count;
  }

  const double groups = std::max(1.0, e.groups);
  const bool depthwise = groups > 1 && e.n <= 1;
  const double lanes = depthwise ? up(groups, 16) / groups : up(std::max(1.0, e.n), 16) / std::max(1.0, e.n);
  const double taps = std::max(1.0, e.kernel_h * e.kernel_w);
  const double depth = std::max(1.0, e.k / taps);
  const bool image = e.out_w > 1 || e.out_h > 1 || taps > 1;
  const double deep = blocked(kernel) && !depthwise && depth >= 16 ? up(depth, 16) / depth : 1.0;
  p.padded_macs = p.macs * lanes * deep;
  const double run = image ? e.out_w : e.m;
  const double waste = up(std::max(1.0, run), 6) / std::max(1.0, run) - 1;
  p.tile_macs = p.padded_macs * (1 + waste * tiled_share(kernel));
  const bool planar = image && p.macs == 0 && kernel.path.find("nchwc") == std::string::npos;
  const double row_count = planar ? e.batch * e.n : image ? e.batch * e.out_h : e.batch * e.m;
  const double blocks = planar      ? e.out_h
                        : depthwise ? up(groups, 16) / 16
                                    : groups * up(std::max(1.0, e.n), 64) / 64;
  p.rows = std::max(1.0, row_count);
  p.calls = p.rows * blocks;
  if (!planar) p.calls *= depthwise ? e.kernel_h : std::ceil(depth / 16) * e.kernel_h;
  const double threads = std::max(1, card.identity.settings.threads);
  p.units =
      image ? p.rows * blocks : std::max(1.0, e.batch * groups) * std::max(std::ceil(e.m / 12), 1.0) * blocks;
  p.imbalance = std::ceil(p.units / threads) / (p.units / threads);
  return p;
}

Terms terms_of(const layer::Kernel& kernel, const device::Card& card) {
  const Physics p = physics_of(kernel, card);
  const double peak = peak_for(card, kernel.element);
  const double near = bandwidth(card, p.working_set);
  const layer::Extents& e = kernel.cost.extents;
  const double threads = std::max(1, card.identity.settings.threads);
  const double traffic = p.input_bytes + p.weight_bytes + p.output_bytes;
  Terms t{};
  const auto set = [&t](Term term, double seconds) { t[static_cast<std::size_t>(term)] = seconds; };
  set(Term::roof, std::max((2 * p.macs + p.other_operations) / peak, traffic / near));
  set(Term::work, 2 * p.padded_macs * p.imbalance / peak);
  set(Term::tail, 2 * (p.tile_macs - p.padded_macs) / peak);
  if (p.macs > 0 && e.kernel_w > 1) {
    const double covered = std::min(1.0, (e.kernel_w - 1) / std::max(1.0, e.out_w));
    set(Term::border, 2 * p.padded_macs * covered / peak);
  }
  set(Term::other, p.other_operations / peak);
  if (threads > 1) set(Term::serial, (2 * p.macs + p.other_operations) * threads / peak);
  set(Term::input, p.input_bytes / near);
  set(Term::weights, p.weight_bytes / near);
  set(Term::fetched, p.weight_bytes / bandwidth(card, p.footprint));
  const double age = std::max(p.working_set, static_cast<double>(kernel.input_age.value));
  set(Term::aged, p.input_bytes / bandwidth(card, age));
  set(Term::output, p.output_bytes / near);
  set(Term::workspace, 2 * p.workspace_bytes / near);
  set(Term::far, traffic / last_bandwidth(card));
  set(Term::calls, p.calls * 1e-8 / threads);
  set(Term::rows, p.rows * 1e-8);
  set(Term::elements, p.elements * 1e-9 / threads);
  set(Term::constant, 1e-6);
  set(Term::tiles, tile_times(kernel, card).least());
  return t;
}

Bound bound_of(const Terms& t) {
  const auto at = [&t](Term term) { return t[static_cast<std::size_t>(term)]; };
  const double compute = at(Term::work) + at(Term::other);
  const double memory = at(Term::input) + at(Term::weights) + at(Term::output);
  if (compute < 1e-6 && memory < 1e-6) return Bound::overhead;
  return compute >= memory ? Bound::compute : Bound::memory;
}

Seconds roofline_time(const layer::Kernel& kernel, const device::Card& card) {
  return Seconds(terms_of(kernel, card)[static_cast<std::size_t>(Term::roof)]);
}

}  // namespace forecost::predictor
