// SPDX-License-Identifier: Apache-2.0
/// Spaces for tests: made by hand and at random.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/space.h"

namespace forecost::search::tests {

inline Parameter real(std::string name, double low, double high, bool log = false) {
  return {.name = std::move(name), .kind = Parameter::Kind::real, .low = low, .high = high, .log = log};
}
inline Parameter integer(std::string name, double low, double high, bool log = false) {
  return {.name = std::move(name), .kind = Parameter::Kind::integer, .low = low, .high = high, .log = log};
}
inline Parameter ordinal(std::string name, std::vector<std::string> choices) {
  return {.name = std::move(name), .kind = Parameter::Kind::ordinal, .choices = std::move(choices)};
}
inline Parameter categorical(std::string name, std::vector<std::string> choices) {
  return {.name = std::move(name), .kind = Parameter::Kind::categorical, .choices = std::move(choices)};
}
inline Parameter only(Parameter parameter, std::size_t when, std::vector<double> values) {
  parameter.when = Condition{when, std::move(values)};
  return parameter;
}

/// One parameter of every sort, two of them conditional, the second on the first conditional one.
inline Space mixed_space() {
  return Space::make({categorical("kind", {R"("plain")", R"("residual")", R"("mobile")"}),
                      integer("width", 8, 64, true), real("rate", 1e-4, 1e-1, true), real("drop", 0, 0.5),
                      ordinal("kernel", {"1", "3", "5"}), only(integer("depth", 1, 4), 0, {1, 2}),
                      only(ordinal("expand", {"3", "6"}), 5, {2, 4})})
      .value();
}

/// 1 ... 8 parameters of random sorts and ranges, a third of them conditional where a parent exists.
inline Space random_space(std::uint64_t seed) {
  numeric::Random random(seed);
  std::vector<Parameter> parameters;
  const auto count = random.integer(1, 8);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string name = "p" + std::to_string(i);
    Parameter parameter;
    const auto sort = random.integer(0, 3);
    const bool log = random.integer(0, 1) == 1;
    if (sort == 0) {
      const double low = log ? random.log_uniform(1e-6, 10) : random.uniform(-10, 10);
      parameter = real(name, low, low + random.log_uniform(1e-3, 1e3), log);
    } else if (sort == 1) {
      const auto low = static_cast<double>(log ? random.integer(1, 50) : random.integer(-50, 50));
      parameter = integer(name, low, low + static_cast<double>(random.integer(0, 2000)), log);
    } else {
      std::vector<std::string> choices;
      const auto size = random.integer(1, 6);
      for (std::int64_t c = 0; c < size; ++c) choices.push_back(std::to_string(c * c));
      parameter = sort == 2 ? ordinal(name, choices) : categorical(name, choices);
    }
    const auto parent = static_cast<std::size_t>(random.integer(0, 2 * count));
    if (parent < parameters.size() && parameters[parent].discrete()) {
      const Parameter& p = parameters[parent];
      const bool coded = !p.choices.empty();
      const double first = coded ? 0 : p.low;
      parameter = only(parameter, parent, {first + static_cast<double>(random.integer(0, p.count() - 1))});
    }
    parameters.push_back(std::move(parameter));
  }
  return Space::make(std::move(parameters)).value();
}

inline Design random_design(const Space& space, numeric::Random& random) {
  std::vector<double> unit(space.size());
  for (double& u : unit) u = random.uniform();
  return space.decode(unit);
}

}  // namespace forecost::search::tests
