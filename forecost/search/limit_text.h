// SPDX-License-Identifier: Apache-2.0
/// Limits as people write them: "latency <= 5 ms", "memory@pi <= 1.15 GB", "width * layers <= 512".
#pragma once

#include <string>
#include <string_view>

#include "forecost/outcome/outcome.h"
#include "forecost/search/problem.h"

namespace forecost::search {

/// "5 ms" is 0.005: units become seconds, bytes, joules, watts or plain numbers. Known: s ms us ns min h,
/// B kB MB GB TB KiB MiB GiB, J mJ uJ, W mW, %, k M G (plain thousands), none.
struct Measured {
  double value = 0;  ///< in the base unit
  std::string unit;  ///< as written, "" for none
};
/// Fails: `bad_input`, the hint lists the units.
Result<Measured> parse_measured(std::string_view text);

struct LimitText {
  std::string left;
  std::string right;
  bool at_most = true;
};
/// Splits at "<=" or ">=". Fails: `bad_input` without one, with two, or with another comparison.
Result<LimitText> split_limit(std::string_view text);

/// "error", or "error <= 25" (">=" of one to maximise): the value from which on a front is worth something.
/// Fails: `bad_input`.
Result<Objective> parse_objective(const std::string& text, bool minimise);

/// A value of a metric as people read it: with a unit of the limit, three digits.
std::string to_text(double value, std::string_view unit);

/// Unit of the built-in metrics: "s" for latency, "B" for memory, "" for others.
std::string_view base_unit(std::string_view metric);

}  // namespace forecost::search
