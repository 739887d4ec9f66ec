// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/made_up_records.h"

#include <cmath>

#include <fmt/format.h>

#include "forecost/measurement/kernel_json.h"
#include "forecost/numeric/random.h"

namespace forecost::measurement::made_up {
namespace {

layer::Kernel random_kernel(numeric::Random& random) {
  layer::Kernel kernel;
  // Few enough values that networks share kernels.
  kernel.name = fmt::format("layer{}/Conv_{}", random.integer(0, 9), random.integer(0, 99));
  kernel.op = random.uniform() < 0.5 ? "Conv" : "Add";
  kernel.domain = random.uniform() < 0.5 ? "" : "com.microsoft.nchwc";
  kernel.path = random.uniform() < 0.5 ? "nchwc_conv" : "elementwise";
  kernel.element = random.uniform() < 0.5 ? layer::ElementType::float32 : layer::ElementType::int8;
  kernel.activation = random.uniform() < 0.5 ? "" : "Relu";
  kernel.accumulates = random.uniform() < 0.5;
  kernel.known = random.uniform() < 0.9;
  const std::int64_t width = random.integer(1, 4);
  kernel.inputs = {{1, width, 7, 7}, {}, {width}};
  kernel.outputs = {{1, width, 7, 7}};
  kernel.constant_inputs = {false, false, true};
  kernel.cost.macs = Macs(random.integer(0, std::int64_t{1} << 40));
  kernel.cost.operations = Operations(2 * kernel.cost.macs.value + width);
  kernel.cost.read = Bytes(random.integer(0, 1 << 30));
  kernel.cost.written = Bytes(random.integer(0, 1 << 30));
  kernel.cost.weights = Bytes(random.integer(0, 1 << 20));
  kernel.cost.parameters = width * 9;
  kernel.cost.extents.m = 49;
  kernel.cost.extents.k = random.uniform(1, 1000);
  kernel.cost.extents.out_w = 7;
  kernel.workspace = Bytes(random.integer(0, 4096));
  kernel.footprint = Bytes(random.integer(0, 1 << 28));
  kernel.before = Bytes(1 << random.integer(0, 20));
  kernel.input_age = Bytes(1 << random.integer(0, 20));
  kernel.signature = fmt::format("{}|{}|{}", kernel.op, kernel.path, width);
  return kernel;
}

Energy random_energy(numeric::Random& random) {
  Energy energy{.sensor = random.uniform() < 0.5 ? "rapl" : "nvml:power", .scope = "gpu 0"};
  energy.total = Joules(random.log_uniform(1e-6, 1e3));
  energy.above_idle = Joules(random.uniform(-1, 1));
  energy.standard_error = random.uniform();
  energy.power = Watts(random.uniform(1, 700));
  energy.runs = random.integer(1, 1 << 20);
  for (auto windows = random.integer(0, 4); windows > 0; --windows)
    energy.window_joules.push_back(random.log_uniform(1e-6, 1e3));
  energy.channels = {{"package-0/dram", random.uniform()}};
  if (random.uniform() < 0.5) energy.disagreement = random.uniform(-1, 1);
  return energy;
}

}  // namespace

device::Card card(const std::string& name) {
  device::Card card;
  card.identity = {.name = name,
                   .processor = "Imaginary 9000, family 1 model 2",
                   .cores = 4,
                   .instruction_set = "avx2",
                   .runtime = "onnxruntime",
                   .runtime_version = "1.2.3",
                   .runtime_build = "abcdef",
                   .provider = "CPUExecutionProvider",
                   .settings = {.threads = 2, .cores = {0, 1}}};
  card.peak_operations = {{"float32", 1e11}, {"int8", 4e11}};
  card.memory = {{"L2", Bytes(1 << 20), 1e11}, {"DRAM", Bytes(0), 2e10}};
  card.run_overhead = from_microseconds(5);
  card.median_over_minimum = 1.01;
  return card;
}

Record record(const std::string& name, double run_seconds, const std::vector<double>& kernel_seconds) {
  Record record{.name = name, .kind = "calibration", .group = name};
  record.run_seconds.assign(10, run_seconds);
  for (std::size_t k = 0; k < kernel_seconds.size(); ++k) {
    layer::Kernel kernel;
    kernel.name = fmt::format("k{}", k);
    kernel.op = "Relu";
    kernel.path = "elementwise";
    kernel.inputs = kernel.outputs = {{1, 16}};
    kernel.constant_inputs = {false};
    record.kernels.push_back(kernel);
    record.kernel_seconds.emplace_back(10, kernel_seconds[k]);
  }
  return record;
}

Record random_record(std::uint64_t seed) {
  numeric::Random random(seed);
  Record record{.name = fmt::format("net \"{}\" {}; DROP TABLE network", seed, random.integer(0, 9)),
                .kind = "calibration",
                .group = fmt::format("group'{}", random.integer(0, 3))};
  record.batch = random.integer(1, 64);
  record.evicted = random.uniform() < 0.5;
  record.disturbed_blocks = static_cast<int>(random.integer(0, 7));
  record.peak_memory = Bytes(random.integer(0, std::int64_t{1} << 40));
  for (auto runs = random.integer(0, 20); runs > 0; --runs)
    record.run_seconds.push_back(random.log_uniform(1e-9, 1e3));
  for (auto kernels = random.integer(0, 12); kernels > 0; --kernels) {
    record.kernels.push_back(random_kernel(random));
    auto& seconds = record.kernel_seconds.emplace_back();
    for (auto samples = random.integer(0, 12); samples > 0; --samples)
      seconds.push_back(random.log_uniform(1e-9, 1e3));
  }
  for (auto energies = random.integer(0, 3); energies > 0; --energies)
    record.energies.push_back(random_energy(random));
  return record;
}

std::string text_of(const Record& record) {
  nlohmann::json text = {{"name", record.name},
                         {"kind", record.kind},
                         {"group", record.group},
                         {"batch", record.batch},
                         {"evicted", record.evicted},
                         {"run_seconds", record.run_seconds},
                         {"disturbed_blocks", record.disturbed_blocks},
                         {"peak_memory", record.peak_memory.value},
                         {"kernel_seconds", record.kernel_seconds}};
  for (const auto& kernel : record.kernels) {
    text["kernels"].push_back(to_json(kernel));
    text["kernels"].back()["name"] = kernel.name;
  }
  for (const auto& energy : record.energies) text["energies"].push_back(to_json(energy));
  return text.dump();
}

}  // namespace forecost::measurement::made_up
