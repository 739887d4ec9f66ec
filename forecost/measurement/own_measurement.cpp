// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/own_measurement.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "forecost/layer/kernel.h"
#include "forecost/measurement/kernel_times.h"
#include "forecost/network/builder.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/statistics.h"

namespace forecost::measurement {
namespace {

Result<layer::LoweredNetwork> lowered_of(const Bench& bench, const Item& item,
                                         const device::Measured& measured) {
  const device::Identity identity = bench.runner.identity(bench.settings);
  const layer::Runtime* runtime = layer::find_runtime(identity.runtime);
  FORECOST_EXPECTS(runtime != nullptr, "a runner names a runtime of the list");
  const layer::LoweringTarget target = runtime->target(identity.instruction_set);
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(item.network, item.binding));
  if (measured.graph) return layer::adopt(layered, *measured.graph, *runtime, item.binding, target);
  return layer::lower(layered, *runtime, target);
}

Energy energy_of(const device::ToldEnergy& told, Seconds time) {
  Energy energy{.sensor = told.sensor, .scope = told.scope};
  energy.total = told.total;
  energy.above_idle = Joules(std::max(0.0, told.total.value - told.idle.value * time.value));
  energy.standard_error = told.standard_error;
  energy.above_idle_error = Joules(told.total.value * told.standard_error);
  energy.power = Watts(time.value > 0 ? told.total.value / time.value : 0.0);
  energy.idle_before = energy.idle_after = told.idle;
  energy.window = told.window;
  energy.runs = told.runs;
  energy.window_joules = {told.total.value};
  energy.conditions = told.conditions;
  return energy;
}

/// Minimum time of a network that has one kernel.
Result<double> time_of(const Bench& bench, network::Network network) {
  Item item{.name = network.source, .kind = "roof", .group = network.source};
  FORECOST_TRY(item.bytes, network::serialise(network));
  item.network = std::move(network);
  FORECOST_TRY(const Told told, measure_there(bench, item, Protocol{}));
  return *std::min_element(told.record.run_seconds.begin(), told.record.run_seconds.end());
}

network::Network product(std::int64_t extent) {
  network::Builder builder("product");
  const network::Value x = builder.input("x", {extent, extent});
  builder.output(builder.linear(x, extent));
  return builder.finish();
}

network::Network stream(std::int64_t elements) {
  network::Builder builder("stream");
  builder.output(builder.relu(builder.input("x", {1, elements})));
  return builder.finish();
}

}  // namespace

Result<Told> measure_there(const Bench& bench, const Item& item, const Protocol& protocol) {
  device::Model model{.file = item.file, .bytes = item.bytes, .symbols = item.binding.symbols};
  model.batch = item.binding.batch.value_or(1);
  device::MeasureRequest request{.settings = bench.settings, .training = item.training};
  request.warmup_runs = protocol.warmup_runs;
  request.least_runs = protocol.least_profiled_runs + protocol.blocks;
  request.longest = Seconds(2 * protocol.block.value * protocol.most_blocks);  // nothing is measured again
  request.evict = item.evict;
  request.energy = protocol.told_energy;
  request.stop = bench.stop;
  Told told;
  FORECOST_TRY(told.measured, bench.runner.measure(model, request));
  if (told.measured.run_seconds.empty()) {
    return Error{Fault::failed, "the runner told no time of a run", item.name, "run its program by hand"};
  }
  FORECOST_TRY(layer::LoweredNetwork lowered, lowered_of(bench, item, told.measured));
  Record& record = told.record;
  record.name = item.name;
  record.kind = item.kind;
  record.group = item.group;
  record.batch = lowered.graph.batch;
  record.evicted = told.measured.evicted && item.evict.value > 0;
  record.run_seconds = told.measured.run_seconds;
  record.peak_memory = told.measured.peak_memory;
  record.kernel_seconds = kernel_times(lowered.kernels, told.measured.nodes, 0);
  record.kernels = std::move(lowered.kernels);
  if (record.evicted) {
    for (layer::Kernel& kernel : record.kernels) note_eviction(kernel, item.evict);
  }
  const Seconds median(numeric::median(record.run_seconds));
  for (const device::ToldEnergy& energy : told.measured.energies) {
    record.energies.push_back(energy_of(energy, median));
  }
  return told;
}

std::vector<Result<Record>> measure_there(const Bench& bench, std::span<const Item> items,
                                          const Protocol& protocol) {
  std::vector<Result<Record>> records;
  for (const Item& item : items) {
    if (bench.stop()) {
      records.emplace_back(Error{Fault::interrupted, "measuring was stopped", item.name,
                                 "run the same command again to go on"});
      continue;
    }
    Result<Told> told = measure_there(bench, item, protocol);
    if (told) {
      records.emplace_back(std::move(told->record));
    } else {
      records.emplace_back(told.error());
    }
  }
  return records;
}

Result<device::Card> roofs_there(const Bench& bench) {
  device::Card card{.identity = bench.runner.identity(bench.settings)};
  constexpr double enough = 2e-3;  // seconds: overheads are small then
  for (std::int64_t extent = 256; extent <= 8192; extent *= 2) {
    const Result<double> time = time_of(bench, product(extent));
    if (!time && card.peak_operations.empty()) return time.error();
    if (!time || *time <= 0) break;
    const double rate = 2 * std::pow(static_cast<double>(extent), 3) / *time;
    double& peak = card.peak_operations["float32"];
    peak = std::max(peak, rate);
    if (*time > enough) break;
  }
  const std::pair<const char*, std::int64_t> levels[] = {
      {"1 MB", 1 << 20}, {"16 MB", 16 << 20}, {"far", 128 << 20}};
  for (const auto& [name, bytes] : levels) {
    const auto size = static_cast<std::int64_t>(bytes);
    const Result<double> time = time_of(bench, stream(size / 8));  // half is read, half is written
    if (!time || *time <= 0) continue;
    card.memory.push_back({name, Bytes(size), static_cast<double>(size) / *time});
  }
  if (!card.memory.empty()) card.memory.back().capacity = Bytes(0);
  return card;
}

}  // namespace forecost::measurement
