// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/weight_format.h"

#include <algorithm>

#include "forecost/outcome/nearest.h"

namespace forecost::layer {
namespace {

const WeightFormat* format_of(const WeightPlan& plan, const Layer& layer) {
  const auto own = plan.layers.find(layer.name);
  return own == plan.layers.end() ? plan.all : own->second;
}

bool is_real(network::ElementType element) {
  return element == network::ElementType::float32 || element == network::ElementType::float16 ||
         element == network::ElementType::bfloat16 || element == network::ElementType::float64;
}

}  // namespace

const std::vector<WeightFormat>& weight_formats() {
  static const std::vector<WeightFormat> formats{{"float32", 32, 0, "IEEE 754"},
                                                 {"float16", 16, 0, "IEEE 754"},
                                                 {"int8", 8, 0, "linear quantisation"},
                                                 {"int4", 4, 0, "linear quantisation"},
                                                 {"int2", 2, 0, "linear quantisation"},
                                                 {"lightnn1", 4, 1, "Ding et al., LightNN, GLSVLSI 2017"},
                                                 {"lightnn2", 7, 2, "Ding et al., LightNN, GLSVLSI 2017"}};
  return formats;
}

Result<const WeightFormat*> find_weight_format(std::string_view name) {
  std::vector<std::string> names;
  for (const WeightFormat& format : weight_formats()) {
    if (format.name == name) return &format;
    names.emplace_back(format.name);
  }
  return Error{Fault::not_found, "there is no weight format '" + std::string(name) + "'", "",
               did_you_mean(name, names)};
}

WeightedWork work_with(const LayeredNetwork& network, const WeightPlan& plan) {
  struct Constant {
    std::int64_t bits = 0;  // of all its elements
    std::size_t layer = 0;
  };
  WeightedWork work;
  work.by_layer.resize(network.layers.size());
  std::map<std::string_view, Constant> constants;
  for (std::size_t index = 0; index < network.layers.size(); ++index) {
    const Layer& layer = network.layers[index];
    if (layer.folded) continue;
    const WeightFormat* format = format_of(plan, layer);
    bool weighted = false;
    for (const std::string& name : layer.inputs) {
      const TensorFact* fact = network.tensor(name);
      if (fact == nullptr || !fact->constant) continue;
      const bool matrix = layer.cost.macs.value > 0 && fact->shape.size() >= 2 && is_real(fact->element);
      weighted = weighted || matrix;
      Constant& constant = constants.try_emplace(name, Constant{.layer = index}).first->second;
      constant.bits = std::max(constant.bits, matrix && format != nullptr ? fact->elements() * format->bits
                                                                          : 8 * fact->bytes().value);
    }
    const std::int64_t macs = layer.cost.macs.value;
    const std::int64_t shifts = weighted && format != nullptr ? format->shifts : 0;
    work.multiplications.value += shifts == 0 ? macs : 0;
    work.shifts.value += shifts * macs;
    work.additions.value += std::max<std::int64_t>(1, shifts) * macs;
    work.others.value += layer.cost.operations.value - 2 * macs;
  }
  for (const auto& entry : constants) {
    const Bytes bytes((entry.second.bits + 7) / 8);
    work.weights += bytes;
    work.by_layer[entry.second.layer] += bytes;
  }
  return work;
}

void with_formats(const WeightPlan& plan, std::vector<Kernel>& kernels) {
  for (Kernel& kernel : kernels) {
    const bool constant = std::find(kernel.constant_inputs.begin(), kernel.constant_inputs.end(), true) !=
                          kernel.constant_inputs.end();
    if (kernel.cost.macs.value == 0 || !constant) continue;
    bool named = false;
    for (const std::string& layer : kernel.layers) {
      const auto own = plan.layers.find(layer);
      if (own == plan.layers.end() || own->second == nullptr) continue;
      if (!named || own->second->bits > kernel.weights->bits) kernel.weights = own->second;
      named = true;
    }
    if (!named) kernel.weights = plan.all;
  }
}

}  // namespace forecost::layer
