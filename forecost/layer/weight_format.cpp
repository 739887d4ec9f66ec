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
  WeightedWork work;
  std::map<std::string_view, std::int64_t> bits;  // of each constant, whole
  for (const Layer& layer : network.layers) {
    if (layer.folded) continue;
    const WeightFormat* format = format_of(plan, layer);
    bool weighted = false;
    for (const std::string& name : layer.inputs) {
      const TensorFact* fact = network.tensor(name);
      if (fact == nullptr || !fact->constant) continue;
      const bool matrix = layer.cost.macs.value > 0 && fact->shape.size() >= 2 && is_real(fact->element);
      weighted = weighted || matrix;
      std::int64_t& size = bits[name];
      size = std::max(
          size, matrix && format != nullptr ? fact->elements() * format->bits : 8 * fact->bytes().value);
    }
    const std::int64_t macs = layer.cost.macs.value;
    const std::int64_t shifts = weighted && format != nullptr ? format->shifts : 0;
    work.multiplications.value += shifts == 0 ? macs : 0;
    work.shifts.value += shifts * macs;
    work.additions.value += std::max<std::int64_t>(1, shifts) * macs;
    work.others.value += layer.cost.operations.value - 2 * macs;
  }
  for (const auto& entry : bits) work.weights.value += (entry.second + 7) / 8;
  return work;
}

}  // namespace forecost::layer
