// SPDX-License-Identifier: Apache-2.0
/// The set of designs that a search chooses from: named parameters with ranges or choices.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::search {

/// Active only where an earlier parameter has one of these values (codes, see Design).
struct Condition {
  std::size_t parameter = 0;
  std::vector<double> values;
};

struct Parameter {
  enum class Kind {
    real,
    integer,
    ordinal,     ///< choices with an order
    categorical  ///< choices without one
  };
  std::string name;
  Kind kind = Kind::real;
  double low = 0, high = 1;          ///< real, integer: both inclusive
  bool log = false;                  ///< real, integer: low > 0, equal ratios are equal distances
  std::vector<std::string> choices;  ///< ordinal, categorical: texts of JSON values (`32`, `"relu"`, `true`)
  std::optional<Condition> when;

  bool discrete() const { return kind != Kind::real; }
  /// Number of values; 0 for a real.
  std::int64_t count() const;
  /// `choices` as people write them: strings without their quotes. Each must be JSON.
  std::vector<std::string> plain_choices() const;
};

/// One value per parameter, in the order of the space: the number itself (real, integer), the index of the
/// choice (ordinal, categorical), NaN where the parameter is not active.
struct Design {
  std::vector<double> values;
};

/// Equal as designs: same bits, all NaN alike.
bool same(const Design& a, const Design& b);

class Space {
 public:
  /// Fails: `bad_input` for an empty or doubled name, an empty range, a logarithm of a range that is not
  /// positive, a condition on a parameter that is not earlier. `where` of the error is the parameter's name.
  static Result<Space> make(std::vector<Parameter> parameters);

  std::size_t size() const { return parameters_.size(); }
  const Parameter& operator[](std::size_t index) const { return parameters_[index]; }
  std::span<const Parameter> parameters() const { return parameters_; }
  std::optional<std::size_t> find(std::string_view name) const;

  bool active(std::size_t parameter, const Design& design) const;
  /// `bad_input` naming the parameter and its range.
  Status check(const Design& design) const;
  /// Sets what is not active to NaN, clamps and rounds the rest: always a design of the space. A value that
  /// is NaN and should be active becomes the middle.
  Design repaired(Design design) const;

  /// To the unit cube: (0, 1) for numbers (logarithms where they are wished), cell centres for what is
  /// discrete, 0.5 where not active.
  std::vector<double> encode(const Design& design) const;
  /// The design whose cell holds the point; decode(encode(d)) == d for discrete parameters, up to rounding
  /// for reals.
  Design decode(std::span<const double> unit) const;

  /// Number of different designs, with conditions; infinity with a real parameter.
  double cardinality() const;

  /// {"name": value}, only what is active.
  nlohmann::json to_json(const Design& design) const;
  Result<Design> from_json(const nlohmann::json& object) const;

 private:
  std::vector<Parameter> parameters_;
};

}  // namespace forecost::search
