// SPDX-License-Identifier: Apache-2.0
/// Arithmetic over the parameters of a space, as text: "width * layers", "max(depth, 2) ^ 2".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// The number that a parameter stands for: itself, the number of its choice (true is 1), 0 where it is not
/// active. Empty for a choice that is a text.
std::optional<double> number_of(const Parameter& parameter, double value);

class Expression {
 public:
  /// + - * / ^, comparisons, && ||, ?:, and muparser's functions (sqrt, log2, min, max, ...).
  /// Fails: `bad_input` for bad syntax, a name that is no parameter, a parameter with texts.
  static Result<Expression> parse(std::string_view text, const Space& space);
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  /// Of a design of the space that it was parsed for. May be infinite or NaN (a division by zero).
  /// Under a microsecond; thread-safe.
  double value(const Design& design) const;
  /// Indexes of the parameters that it names.
  std::vector<std::size_t> parameters() const;

 private:
  struct Compiled;
  explicit Expression(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace forecost::search
