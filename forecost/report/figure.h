// SPDX-License-Identifier: Apache-2.0
/// The line in which benchmarks and studies print one figure.
#pragma once

#include <optional>
#include <string>

namespace forecost::report {

/// One figure beside its goal. "RESULT reading.inspect_ratio 312 x goal >= 100 met"
struct Figure {
  std::string key;  ///< "study.figure"
  double value = 0;
  std::string unit;  ///< "%", "x", "ms"
  enum class Goal { none, at_most, at_least } goal = Goal::none;
  double limit = 0;
};

/// The line, without a newline. Figures without a goal end after the unit.
std::string result_line(const Figure& figure);
/// The same for a figure that could not be had: "RESULT key absent <why>".
std::string absent_line(const std::string& key, const std::string& why);

}  // namespace forecost::report
