// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/widths.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace forecost::deployment {
namespace {

using search::Design;
using search::Parameter;
using search::Space;

bool holds(const DesignCost& cost, const Design& design, double bound) {
  const Result<double> value = cost(design);
  return value && *value <= bound;
}

Design with(Design design, std::size_t parameter, double value) {
  design.values[parameter] = value;
  return design;
}

/// The largest value whose number is at most `number`, else the smallest.
double at_most(const Parameter& parameter, const std::vector<double>& values, double number) {
  double best = values.front();
  for (const double value : values) {
    if (width_of(parameter, value) <= number * (1 + 1e-12)) best = value;
  }
  return best;
}

}  // namespace

std::vector<double> values_of(const Space& space, const Widths& widths, std::size_t parameter) {
  const Parameter& width = space[parameter];
  FORECOST_EXPECTS(width.kind == Parameter::Kind::integer || width.kind == Parameter::Kind::ordinal,
                   "a width is an integer or an ordinal");
  FORECOST_EXPECTS(widths.multiple >= 1, "widths are multiples of a positive number");
  std::vector<double> values;
  if (width.kind == Parameter::Kind::ordinal) {
    for (std::size_t i = 0; i < width.choices.size(); ++i) values.push_back(static_cast<double>(i));
    return values;
  }
  const auto step = static_cast<double>(widths.multiple);
  values.push_back(width.low);
  for (double value = step * (std::floor(width.low / step) + 1); value < width.high; value += step) {
    values.push_back(value);
  }
  if (width.high > width.low) values.push_back(width.high);
  return values;
}

double width_of(const Parameter& parameter, double value) {
  if (parameter.kind != Parameter::Kind::ordinal) return value;
  const nlohmann::json choice =
      nlohmann::json::parse(parameter.choices.at(static_cast<std::size_t>(value)), nullptr, false);
  FORECOST_EXPECTS(choice.is_number(), "choices of a width are numbers");
  return choice.get<double>();
}

Design widest(const Space& space, const Widths& widths, Design design) {
  for (const std::size_t parameter : widths.parameters) {
    design.values[parameter] = values_of(space, widths, parameter).back();
  }
  return design;
}

std::optional<Design> narrowed(const Space& space, const Widths& widths, const Design& design,
                               std::size_t parameter, const DesignCost& cost, double bound) {
  const std::vector<double> values = values_of(space, widths, parameter);
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    if (*value >= design.values[parameter]) continue;
    Design narrower = with(design, parameter, *value);
    if (holds(cost, narrower, bound)) return narrower;
  }
  return std::nullopt;
}

std::optional<ScaledWidths> scale_widths(const Space& space, const Widths& widths, const Design& design,
                                         const DesignCost& cost, double bound) {
  std::set<double, std::greater<>> factors;
  for (const std::size_t parameter : widths.parameters) {
    const double base = width_of(space[parameter], design.values[parameter]);
    FORECOST_EXPECTS(base > 0, "a width that is scaled is positive");
    for (const double value : values_of(space, widths, parameter)) {
      factors.insert(width_of(space[parameter], value) / base);
    }
  }
  for (const double factor : factors) {
    ScaledWidths scaled{.design = design, .factor = factor};
    for (const std::size_t parameter : widths.parameters) {
      const double wanted = factor * width_of(space[parameter], design.values[parameter]);
      scaled.design.values[parameter] =
          at_most(space[parameter], values_of(space, widths, parameter), wanted);
    }
    const Result<double> value = cost(scaled.design);
    if (!value || *value > bound) continue;
    scaled.cost = *value;
    return scaled;
  }
  return std::nullopt;
}

Result<std::vector<double>> channel_costs(const Space& space, const Widths& widths, const Design& design,
                                          const DesignCost& cost) {
  std::vector<double> costs;
  for (const std::size_t parameter : widths.parameters) {
    const Parameter& width = space[parameter];
    const bool ordinal = width.kind == Parameter::Kind::ordinal;
    const double first = ordinal ? 0 : width.low;
    const double last = ordinal ? static_cast<double>(width.choices.size()) - 1 : width.high;
    const double high = std::min(last, std::max(design.values[parameter], first + 1));
    const double low = std::max(first, high - 1);
    const double channels = width_of(width, high) - width_of(width, low);
    if (!(channels > 0)) {
      costs.push_back(0);
      continue;
    }
    FORECOST_TRY(const double more, cost(with(design, parameter, high)));
    FORECOST_TRY(const double less, cost(with(design, parameter, low)));
    costs.push_back(std::max(0.0, (more - less) / channels));
  }
  return costs;
}

std::optional<Design> clip_widths(const Space& space, const Widths& widths, const Design& wanted,
                                  const DesignCost& cost, double bound) {
  Design design = wanted;
  for (const std::size_t parameter : widths.parameters) {
    design.values[parameter] = values_of(space, widths, parameter).front();
  }
  if (!holds(cost, design, bound)) return std::nullopt;
  for (const std::size_t parameter : widths.parameters) {
    const std::vector<double> values = values_of(space, widths, parameter);
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      if (*value > wanted.values[parameter]) continue;
      Design wider = with(design, parameter, *value);
      if (!holds(cost, wider, bound)) continue;
      design = std::move(wider);
      break;
    }
  }
  return design;
}

}  // namespace forecost::deployment
