// SPDX-License-Identifier: Apache-2.0
/// The layers that a template may name: fields with ranges, and how each is built.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/outcome/outcome.h"

namespace forecost::search {

struct FieldRule {
  std::string_view name;
  bool required = false;
  double fallback = 0;
  double low = 0, high = 0;               ///< of a number
  bool whole = true;                      ///< numbers are rounded
  std::string_view text{};                ///< fallback of a text; a field with one takes texts
  std::vector<std::string_view> texts{};  ///< that it may be; not empty where the field takes texts

  bool takes_text() const { return !texts.empty(); }
};

/// Fields of one layer of one design, all of them, in range.
struct FieldValues {
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;

  std::int64_t whole(std::string_view name) const { return std::llround(numbers.find(name)->second); }
  double number(std::string_view name) const { return numbers.find(name)->second; }
  const std::string& text(std::string_view name) const { return texts.find(name)->second; }
};

struct LayerRule {
  std::string_view name;
  std::string_view summary;
  std::vector<FieldRule> fields;
  /// Fails: `bad_input` where `x` does not fit: an image is rank 4, tokens rank 3, features rank 2.
  Result<network::Value> (*build)(network::Builder& builder, const network::Value& x,
                                  const FieldValues& fields);
};

const std::vector<LayerRule>& layer_rules();
const LayerRule* find_layer_rule(std::string_view name);

}  // namespace forecost::search
