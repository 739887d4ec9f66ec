// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/accelerator_predictor.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/accelerator/kernels.h"

namespace forecost::predictor {
namespace {

constexpr double least_time = 1e-9;
constexpr std::size_t most_remembered = 1U << 16U;

struct AcceleratorCompiled final : Compiled {
  std::vector<accelerator::Cost> costs;
};

using Shape = std::array<std::int64_t, accelerator::dim_count + 6>;

Shape shape_of(const accelerator::Work& work) {
  Shape shape = {};
  std::copy(work.extent.begin(), work.extent.end(), shape.begin());
  shape[accelerator::dim_count] = work.stride_p;
  shape[accelerator::dim_count + 1] = work.stride_q;
  shape[accelerator::dim_count + 2] = work.dilation;
  shape[accelerator::dim_count + 3] = work.repeats;
  shape[accelerator::dim_count + 4] = work.weight_bits;
  shape[accelerator::dim_count + 5] = work.weight_shifts;
  return shape;
}

device::Card card_of(const accelerator::Accelerator& accelerator) {
  device::Card card;
  card.identity.name = accelerator.name;
  card.identity.processor = accelerator.summary;
  card.identity.runtime = std::string(accelerator::runtime_name);
  card.identity.provider = std::string(name_of(accelerator.dataflow));
  card.peak_operations["float32"] =
      2 * accelerator.clock_hz * static_cast<double>(accelerator.elements());  // of words of the array
  return card;
}

class AcceleratorPredictor final : public Predictor {
 public:
  explicit AcceleratorPredictor(accelerator::Accelerator accelerator)
      : accelerator_(std::move(accelerator)), card_(card_of(accelerator_)) {}

  std::string_view family() const override { return "accelerator"; }
  const device::Card& card() const override { return card_; }

  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    auto compiled = std::make_unique<AcceleratorCompiled>();
    for (const layer::Kernel& kernel : kernels) compiled->costs.push_back(remembered(kernel));
    return compiled;
  }

  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    std::vector<KernelForecast> forecasts;
    for (const accelerator::Cost& cost : cast(compiled).costs) {
      const Seconds time = seconds(cost);
      forecasts.push_back(
          {.time = time,
           .low = time,
           .high = time,
           .bound = cost.pace == accelerator::Pace::arithmetic ? Bound::compute : Bound::memory,
           .outside = false,
           .power = Watts(cost.total().value / time.value)});
    }
    return forecasts;
  }

  TotalForecast predict_total(const Compiled& compiled) const override {
    Seconds time;
    for (const accelerator::Cost& cost : cast(compiled).costs) time += seconds(cost);
    return {.time = time, .low = time, .high = time};
  }

  std::string energy_source() const override { return "energy table"; }

  std::vector<EnergyPart> energy_parts(const Compiled& compiled) const override {
    std::vector<EnergyPart> parts;
    for (const accelerator::Part part : accelerator::all_parts) {
      parts.push_back({std::string(name_of(part)), Joules(0)});
      for (const accelerator::Cost& cost : cast(compiled).costs) parts.back().energy += cost.of(part);
    }
    return parts;
  }

  std::vector<Warning> warnings(std::span<const layer::Kernel> kernels) const override {
    std::set<std::string> foreign;
    for (const layer::Kernel& kernel : kernels) {
      const bool mapped = accelerator::work_of(kernel).has_value();
      if (!kernel.known || (!mapped && kernel.cost.macs.value > 0)) foreign.insert(kernel.op);
    }
    std::vector<Warning> warnings;
    if (!foreign.empty()) {
      warnings.push_back({fmt::format("{} does not run {}", accelerator_.name, fmt::join(foreign, ", ")),
                          "their cost is that of their traffic and operations; a host would run them"});
    }
    warnings.push_back({"time and energy are counted, not measured: they have no interval",
                        "memory is that of the network as written, in its own number types"});
    return warnings;
  }

  nlohmann::json save() const override { return {{"accelerator", accelerator_.name}}; }

 private:
  static const AcceleratorCompiled& cast(const Compiled& compiled) {
    const auto* own = dynamic_cast<const AcceleratorCompiled*>(&compiled);
    FORECOST_EXPECTS(own != nullptr, "kernels are predicted by the predictor that compiled them");
    return *own;
  }

  Seconds seconds(const accelerator::Cost& cost) const {
    return Seconds(std::max(least_time, cost.cycles / accelerator_.clock_hz));
  }

  accelerator::Cost remembered(const layer::Kernel& kernel) const {
    const std::optional<accelerator::Work> work = accelerator::work_of(kernel);
    if (!work) return cost_of(kernel);
    const auto key = std::make_pair(shape_of(*work), kernel.accumulates);
    {
      const std::scoped_lock lock(turn_);
      const auto found = known_.find(key);
      if (found != known_.end()) return found->second;
    }
    const accelerator::Cost cost = cost_of(kernel);
    const std::scoped_lock lock(turn_);
    if (known_.size() < most_remembered) known_.emplace(key, cost);
    return cost;
  }

  accelerator::Cost cost_of(const layer::Kernel& kernel) const {
    Result<accelerator::Cost> cost = accelerator::cost_of(accelerator_, kernel);
    if (cost) return *cost;
    const accelerator::Words words = accelerator::words_of(kernel);
    return accelerator::stream_cost(accelerator_, words.read, words.written,
                                    static_cast<double>(kernel.cost.operations.value));
  }

  accelerator::Accelerator accelerator_;
  device::Card card_;
  mutable std::mutex turn_;
  mutable std::map<std::pair<Shape, bool>, accelerator::Cost> known_;  ///< a search asks for the same shapes
};

}  // namespace

Result<std::unique_ptr<Predictor>> make_accelerator_predictor(const accelerator::Accelerator& accelerator) {
  FORECOST_TRY([[maybe_unused]] const Done sound, accelerator::check(accelerator));
  return std::unique_ptr<Predictor>(std::make_unique<AcceleratorPredictor>(accelerator));
}

}  // namespace forecost::predictor
