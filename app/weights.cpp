// SPDX-License-Identifier: Apache-2.0
#include "app/weights.h"

#include <algorithm>

#include "forecost/outcome/nearest.h"

namespace forecost::app {

void add_weight_options(CLI::App& command, std::vector<std::string>& weights) {
  command
      .add_option(
          "--weights", weights,
          "Count with weights as float16, int8, int4, int2, lightnn1 or lightnn2; LAYER=FORMAT for one")
      ->type_name("FORMAT")
      ->allow_extra_args(false);
}

Result<layer::WeightPlan> weight_plan(const std::vector<std::string>& weights,
                                      const layer::LayeredNetwork& network) {
  layer::WeightPlan plan;
  for (const std::string& text : weights) {
    const std::size_t equals = text.rfind('=');
    const std::string format = equals == std::string::npos ? text : text.substr(equals + 1);
    FORECOST_TRY(const layer::WeightFormat* found, layer::find_weight_format(format));
    if (equals == std::string::npos) {
      plan.all = found;
      continue;
    }
    std::vector<std::string> names;
    for (const layer::Layer& layer : network.layers) names.push_back(layer.name);
    const std::string name = text.substr(0, equals);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error{Fault::not_found, "there is no layer '" + name + "'", network.network.source,
                   did_you_mean(name, names)};
    }
    plan.layers.insert_or_assign(name, found);
  }
  return plan;
}

}  // namespace forecost::app
