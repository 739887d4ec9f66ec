// SPDX-License-Identifier: Apache-2.0
#include "tests/predictor/synthetic.h"

#include <cmath>

#include <fmt/format.h>

namespace forecost::predictor::synthetic {

device::Card card() {
  device::Card card;
  card.identity.name = "made-up";
  card.identity.processor = "none";
  card.identity.runtime = "synthetic";
  card.peak_operations = {{"float32", 100e9}};
  card.memory = {{"L1", Bytes(32 << 10), 150e9},
                 {"L2", Bytes(1 << 20), 100e9},
                 {"L3", Bytes(16 << 20), 60e9},
                 {"DRAM", Bytes(0), 20e9}};
  card.run_overhead = from_microseconds(5);
  return card;
}

layer::Kernel conv(const ConvShape& s) {
  const std::int64_t out = (s.size + s.stride - 1) / s.stride;
  layer::Kernel kernel;
  kernel.op = "Conv";
  kernel.path = "nchwc_conv";
  layer::Extents& e = kernel.cost.extents;
  e.batch = static_cast<double>(s.batch);
  e.m = static_cast<double>(out * out);
  e.n = static_cast<double>(s.filters);
  e.k = static_cast<double>(s.channels * s.kernel * s.kernel);
  e.kernel_h = e.kernel_w = static_cast<double>(s.kernel);
  e.stride_h = e.stride_w = static_cast<double>(s.stride);
  e.in_h = e.in_w = static_cast<double>(s.size);
  e.out_h = e.out_w = static_cast<double>(out);
  kernel.cost.macs = Macs(s.batch * out * out * s.filters * s.channels * s.kernel * s.kernel);
  kernel.cost.operations = Operations(2 * kernel.cost.macs.value);
  kernel.cost.weights = Bytes(4 * s.filters * s.channels * s.kernel * s.kernel);
  kernel.cost.read = Bytes(4 * s.batch * s.channels * s.size * s.size + kernel.cost.weights.value);
  kernel.cost.written = Bytes(4 * s.batch * s.filters * out * out);
  kernel.inputs = {{s.batch, s.channels, s.size, s.size}, {s.filters, s.channels, s.kernel, s.kernel}};
  kernel.outputs = {{s.batch, s.filters, out, out}};
  kernel.constant_inputs = {false, true};
  return kernel;
}

layer::Kernel elementwise(std::int64_t elements, const std::string& op) {
  layer::Kernel kernel;
  kernel.op = op;
  kernel.path = "elementwise";
  kernel.cost.extents.m = static_cast<double>(elements);
  kernel.cost.operations = Operations(elements);
  kernel.cost.read = Bytes(8 * elements);
  kernel.cost.written = Bytes(4 * elements);
  kernel.inputs = {{elements}, {elements}};
  kernel.outputs = {{elements}};
  kernel.constant_inputs = {false, false};
  return kernel;
}

double true_seconds(const layer::Kernel& kernel) {
  if (kernel.path == "elementwise") {
    return 1e-6 + static_cast<double>(kernel.cost.read.value + kernel.cost.written.value) / 12e9;
  }
  const double depth = kernel.cost.extents.k / (kernel.cost.extents.kernel_h * kernel.cost.extents.kernel_w);
  const double odd = std::fmod(depth, 16) > 0 ? 1.4 : 1.0;
  return 2e-6 + odd * static_cast<double>(kernel.cost.operations.value) / 80e9;
}

measurement::Table table(const TableOptions& options) {
  numeric::Random random(options.seed);
  measurement::Table table{.card = card(), .kernels = {}, .networks = {}};
  for (int n = 0; n < options.networks; ++n) {
    measurement::NetworkRow network;
    network.name = network.group = fmt::format("net{}", n);
    double total = 5e-6;
    for (int k = 0; k < options.kernels; ++k) {
      layer::Kernel kernel =
          k % 3 == 2 ? elementwise(random.integer(1000, 2000000), random.uniform() < 0.5 ? "Add" : "Mul")
                     : conv({.batch = 1,
                             .channels = random.integer(2, 40) * 4,
                             .filters = random.integer(1, 16) * 16,
                             .size = random.integer(7, 56),
                             .kernel = random.uniform() < 0.5 ? 1 : 3,
                             .stride = 1});
      kernel.name = fmt::format("k{}", k);
      const double time = true_seconds(kernel) * std::exp(options.noise * random.normal());
      total += time;
      table.kernels.push_back(
          {.kernel = kernel, .group = network.group, .time = Seconds(time), .median = Seconds(time)});
      network.kernels.push_back(std::move(kernel));
    }
    network.time = network.median = Seconds(total);
    table.networks.push_back(std::move(network));
  }
  return table;
}

}  // namespace forecost::predictor::synthetic
