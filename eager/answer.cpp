// SPDX-License-Identifier: Apache-2.0
#include "eager/answer.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <torch/cuda.h>
#include <torch/version.h>

#include "eager/eager_step.h"
#include "eager/question.h"
#include "forecost/device/device.h"
#include "forecost/device/pinning.h"
#include "forecost/device/sensor.h"
#include "forecost/measurement/energy_protocol.h"
#include "forecost/network/reader.h"

namespace forecost::eager {
namespace {

using nlohmann::json;
using Say = std::function<void(const json&)>;

constexpr std::ptrdiff_t most_runs = 500;  // an answer's line stays short
constexpr int least_profiled = 5;
constexpr int most_profiled = 40;

json identity_line(const device::System& system, const std::string& provider) {
  const device::Identity here = device::identify_processor(system);
  return {{"format", "forecost.runner"},
          {"version", 1},
          {"processor", here.processor},
          {"cores", here.cores},
          {"instruction_set", here.instruction_set},
          {"runtime", "torch"},
          {"runtime_version", TORCH_VERSION},
          {"runtime_build", ""},
          {"provider", provider}};
}

struct Precision {
  std::string_view name;
  at::ScalarType number;
  bool needs_cuda;
};
constexpr std::array<Precision, 5> precisions{{{"", at::kFloat, false},
                                               {"fp32", at::kFloat, false},
                                               {"tf32", at::kFloat, true},
                                               {"bf16", at::kBFloat16, false},
                                               {"fp16", at::kHalf, true}}};

Result<EagerOptions> options_of(const Question& question) {
  EagerOptions options;
  options.learns = !question.request.training.empty();
  if (question.provider == "cuda") {
    if (!torch::cuda::is_available()) {
      return Error{Fault::not_found, "this libtorch sees no CUDA device", "--provider cuda",
                   "build with a libtorch for CUDA on a machine with a GPU, or use --provider cpu"};
    }
    options.device = at::kCUDA;
  } else if (question.provider != "cpu") {
    return Error{Fault::bad_input, "there is no provider '" + question.provider + "'", "--provider",
                 "choose cpu or cuda"};
  }
  const std::string& wanted = question.request.settings.precision;
  const auto* found = std::find_if(precisions.begin(), precisions.end(),
                                   [&wanted](const Precision& p) { return p.name == wanted; });
  if (found == precisions.end()) {
    return Error{Fault::bad_input, "there is no precision '" + wanted + "'", "--precision",
                 "choose fp32, tf32, bf16 or fp16"};
  }
  if (found->needs_cuda && !options.device.is_cuda()) {
    return Error{Fault::unsupported, wanted + " exists on CUDA devices alone", "--precision",
                 "choose fp32 or bf16 on a processor"};
  }
  options.number = found->number;
  at::globalContext().setAllowTF32CuBLAS(wanted == "tf32");
  at::globalContext().setAllowTF32CuDNN(wanted == "tf32");
  return options;
}

/// Memory that is touched so that caches hold nothing else.
class Flush {
 public:
  explicit Flush(const Question& question, const EagerOptions& options) {
    if (question.request.evict.value <= 0) return;
    memory_ = at::zeros({question.request.evict.value}, at::TensorOptions(at::kByte).device(options.device));
  }
  void flush() {
    if (memory_.defined()) memory_.add_(1);
  }

 private:
  at::Tensor memory_;
};

void tell_runs(EagerStep& step, Flush& flush, const EagerNetwork& network,
               const device::MeasureRequest& request, const Say& say) {
  const auto one = [&] {
    flush.flush();
    finish(network);
    return step.run();
  };
  for (int i = 0; i < request.warmup_runs; ++i) one();
  std::vector<double> whole, forward, backward, update;
  double spent = 0;
  while (std::ssize(whole) < request.least_runs ||
         (spent < request.longest.value && std::ssize(whole) < most_runs)) {
    const StepTimes times = one();
    spent += times.whole.value;
    whole.push_back(times.whole.value * 1e3);
    forward.push_back(times.forward.value * 1e3);
    backward.push_back(times.backward.value * 1e3);
    update.push_back(times.update.value * 1e3);
  }
  json line = {{"run_ms", whole}};
  if (!request.training.empty()) {
    line["forward_ms"] = forward;
    line["backward_ms"] = backward;
    line["update_ms"] = update;
  }
  say(line);
}

void tell_layers(const EagerNetwork& network, const device::System& system, Flush& flush, Seconds longest,
                 const Say& say) {
  double spent = 0;
  for (int i = 0; i < least_profiled || (i < most_profiled && spent < longest.value); ++i) {
    flush.flush();
    finish(network);
    json nodes = json::array();
    for (const device::NodeTime& node : layer_times(network, system)) {
      nodes.push_back({node.node, node.op, node.time.value * 1e3});
      spent += node.time.value;
    }
    say({{"node_ms", nodes}});
  }
}

void tell_energy(EagerStep& step, const device::System& system, const Say& say) {
  const device::SensorsHere sensors = device::find_sensors(system);
  if (sensors.present.empty()) return;
  const measurement::Load load{"network", [&step]() -> Status {
                                 step.run();
                                 return Done{};
                               }};
  measurement::EnergyProtocol protocol;
  protocol.idle = Seconds(2);
  const auto energies = measurement::measure_energy({system, sensors.present}, std::span(&load, 1), protocol);
  for (const auto& energy : energies.front()) {
    if (!energy) continue;
    say({{"energy",
          {{"sensor", energy->sensor},
           {"scope", energy->scope},
           {"total_mj", energy->total.value * 1e3},
           {"idle_w", energy->idle().value},
           {"window_ms", energy->window.value * 1e3},
           {"runs", energy->runs},
           {"standard_error", energy->standard_error}}}});
    say({{"conditions", energy->conditions}});
  }
}

Status measure(const Question& question, const EagerOptions& options, const device::System& system,
               const Say& say) {
  FORECOST_TRY(network::Network read, network::read(question.model.file));
  layer::Binding binding;
  binding.symbols = question.model.symbols;
  binding.batch = question.model.batch;
  FORECOST_TRY(layer::LayeredNetwork layered, layer::infer(std::move(read), binding));
  FORECOST_TRY(const EagerNetwork network, EagerNetwork::make(std::move(layered), options));
  std::unique_ptr<EagerStep> step = inference(network, system);
  if (options.learns) {
    FORECOST_TRY(step, training_step(network, question.request.training, system));
  }
  Flush flush(question, options);
  tell_runs(*step, flush, network, question.request, say);
  if (options.device.is_cpu()) say({{"peak_memory_bytes", system.resident_peak().value}});
  if (!options.learns) tell_layers(network, system, flush, question.request.longest, say);
  if (question.request.evict.value > 0) say({{"evicted", true}});
  if (const auto clock = system.frequency_mhz(0)) say({{"conditions", {{"clock_mhz", *clock}}}});
  if (question.request.energy) tell_energy(*step, system, say);
  say({{"done", true}});
  return Done{};
}

Status answered(const std::string& text, const device::System& system, const Say& say) {
  FORECOST_TRY(const Question question, read_question(text));
  FORECOST_TRY(const EagerOptions options, options_of(question));
  say(identity_line(system, question.provider));
  if (!question.measures) return Done{};
  const device::Settings& settings = question.request.settings;
  const device::Pinning pinning(settings.cores);  // before libtorch starts its threads, which inherit it
  at::set_num_threads(settings.threads);
  at::globalContext().setFlushDenormal(true);
  return measure(question, options, system, say);
}

}  // namespace

void answer(const std::string& question, const device::System& system, const Say& say) {
  try {
    const Status done = answered(question, system, say);
    if (!done) say({{"failure", done.error().what}, {"hint", done.error().hint}});
  } catch (const std::exception& problem) {
    const std::string_view words = problem.what();
    say({{"failure", words.substr(0, words.find('\n'))}, {"hint", "try a smaller batch, or other layers"}});
  }
}

}  // namespace forecost::eager
