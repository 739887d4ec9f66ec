// SPDX-License-Identifier: Apache-2.0
/// Arithmetic over named numbers, as text: "batch * hw ^ 2", "time / runs", "bad != 0".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {

class Formula {
 public:
  /// + - * / ^, comparisons, && ||, ?:, muparser's functions (sqrt, log2, min, max, rint, ...), floor, ceil.
  /// `names` are the numbers there are, in the order in which `value` gets them.
  /// Fails: `bad_input` for bad syntax or another name (the hint has the nearest ones).
  static Result<Formula> parse(std::string_view text, const std::vector<std::string>& names);
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;
  ~Formula();

  /// `numbers`: one per name. May be infinite or NaN. Not for several threads at once.
  double value(std::span<const double> numbers) const;
  /// Indexes of the names that it uses, ascending.
  const std::vector<std::size_t>& used() const;
  const std::string& text() const;

 private:
  struct Compiled;
  explicit Formula(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace forecost::numeric
