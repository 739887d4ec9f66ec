// SPDX-License-Identifier: Apache-2.0
/// Boosted trees on ranks: a row's values become their places among the bounds that the trees ask for, so
/// that a question compares two bytes and 32 rows walk a tree at once, without branches.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "forecost/numeric/trees.h"

namespace forecost::numeric {

/// Rows as the trees that ranked them want them.
struct RankedRows {
  std::size_t rows = 0;
  std::size_t stride = 0;           ///< rows rounded up to whole blocks
  std::vector<std::int8_t> values;  ///< [column * stride + row]
  FloatTable plain;                 ///< instead, where the trees do not rank
};

/// The same numbers as Trees::predict, bit by bit. Trees deeper than 5 or with more than 255 bounds in a
/// column are walked as Trees does it.
class RankedTrees {
 public:
  RankedTrees() = default;
  explicit RankedTrees(Trees trees);

  const Trees& trees() const { return plain_; }
  bool ranks() const { return plain_.count() == trees_.size(); }

  /// O(values * log(bounds)).
  RankedRows rank(const FloatTable& rows) const;
  /// One value per row. O(rows * trees): 32 rows take a tree about as long as 8 do.
  void predict(const RankedRows& rows, std::span<float> sums) const;

  static constexpr int depth = 5;
  static constexpr std::size_t questions = 31;

  /// A complete tree: question q has the children 2q + 1 (value < bound) and 2q + 2.
  struct Tree {
    std::array<std::uint16_t, questions> column{};  ///< among the columns that are asked for
    std::array<std::int8_t, questions> bound{};
    std::array<float, questions + 1> leaf{};
  };

 private:
  Trees plain_;
  std::vector<std::size_t> asked_;          ///< columns of the table
  std::vector<std::vector<float>> bounds_;  ///< of each asked column, ascending
  std::vector<Tree> trees_;
};

}  // namespace forecost::numeric
