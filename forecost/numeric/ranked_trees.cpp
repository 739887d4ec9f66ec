// SPDX-License-Identifier: Apache-2.0
// All 31 questions of a tree are answered for 32 rows; a tournament then keeps the answers on each row's way.
// A handful of rows walk one by one: the walks through different trees overlap.
#include "forecost/numeric/ranked_trees.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace forecost::numeric {
namespace {

constexpr std::size_t block = 32;
constexpr std::size_t handful = 8;
using Bytes = std::int8_t __attribute__((vector_size(block)));

float walk_alone(std::span<const RankedTrees::Tree> trees, const RankedRows& rows, std::size_t row) {
  const std::int8_t* const values = rows.values.data() + row;
  float sum = 0;
  for (const RankedTrees::Tree& tree : trees) {
    std::size_t at = 0;
    for (int level = 0; level < RankedTrees::depth; ++level) {
      at = 2 * at + 1 + static_cast<std::size_t>(values[tree.column[at] * rows.stride] > tree.bound[at]);
    }
    sum += tree.leaf[at - RankedTrees::questions];
  }
  return sum;
}

[[gnu::always_inline]] inline void walk(std::span<const RankedTrees::Tree> trees, const RankedRows& rows,
                                        std::span<float> sums) {
  for (std::size_t first = 0; first < rows.rows; first += block) {
    if (rows.rows - first <= handful) {
      for (std::size_t row = first; row < rows.rows; ++row) sums[row] = walk_alone(trees, rows, row);
      return;
    }
    std::array<float, block> partial{};
    const std::int8_t* const values = rows.values.data() + first;
    for (const RankedTrees::Tree& tree : trees) {
      std::array<Bytes, RankedTrees::questions> high;
      for (std::size_t q = 0; q < RankedTrees::questions; ++q) {
        Bytes ranks;
        std::memcpy(&ranks, values + tree.column[q] * rows.stride, block);
        high[q] = ranks > tree.bound[q];
      }
      Bytes index = high[0] & std::int8_t{16};
      const auto choose = [&high](std::size_t at, const Bytes& way) {
        high[at] ^= (high[at] ^ high[at + 1]) & way;
      };
      const Bytes way0 = high[0];
      choose(1, way0);
      const Bytes way1 = high[1];
      index |= way1 & std::int8_t{8};
      for (std::size_t q = 0; q < 2; ++q) high[3 + q] ^= (high[3 + q] ^ high[5 + q]) & way0;
      choose(3, way1);
      const Bytes way2 = high[3];
      index |= way2 & std::int8_t{4};
      for (std::size_t q = 0; q < 4; ++q) high[7 + q] ^= (high[7 + q] ^ high[11 + q]) & way0;
      for (std::size_t q = 0; q < 2; ++q) high[7 + q] ^= (high[7 + q] ^ high[9 + q]) & way1;
      choose(7, way2);
      const Bytes way3 = high[7];
      index |= way3 & std::int8_t{2};
      for (std::size_t q = 0; q < 8; ++q) high[15 + q] ^= (high[15 + q] ^ high[23 + q]) & way0;
      for (std::size_t q = 0; q < 4; ++q) high[15 + q] ^= (high[15 + q] ^ high[19 + q]) & way1;
      for (std::size_t q = 0; q < 2; ++q) high[15 + q] ^= (high[15 + q] ^ high[17 + q]) & way2;
      choose(15, way3);
      index |= high[15] & std::int8_t{1};
      std::array<std::uint8_t, block> leaf;
      std::memcpy(leaf.data(), &index, block);
      for (std::size_t i = 0; i < block; ++i) partial[i] += tree.leaf[leaf[i]];
    }
    const std::size_t width = std::min(block, rows.rows - first);
    std::copy_n(partial.begin(), width, sums.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

void walk_plain(std::span<const RankedTrees::Tree> trees, const RankedRows& rows, std::span<float> sums) {
  walk(trees, rows, sums);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void walk_wide(std::span<const RankedTrees::Tree> trees, const RankedRows& rows,
                                       std::span<float> sums) {
  walk(trees, rows, sums);
}
#endif

}  // namespace

RankedTrees::RankedTrees(Trees given) : plain_(std::move(given)) {
  const Trees& trees = plain_;
  std::map<std::size_t, std::set<float>> wanted;
  for (const Trees::Node& node : trees.nodes_) {
    if (node.bound < std::numeric_limits<float>::infinity()) {
      wanted[static_cast<std::size_t>(node.column)].insert(node.bound);
    }
  }
  const bool deep = std::any_of(trees.depths_.begin(), trees.depths_.end(), [](int d) { return d > depth; });
  const bool many =
      std::any_of(wanted.begin(), wanted.end(), [](const auto& c) { return c.second.size() > 255; });
  if (deep || many) return;
  if (wanted.empty()) wanted[0] = {};
  for (const auto& [column, bounds] : wanted) {
    asked_.push_back(column);
    bounds_.emplace_back(bounds.begin(), bounds.end());
  }
  for (const std::int32_t root : trees.roots_) {
    Tree tree;
    std::array<std::int32_t, 2 * questions + 1> at{};
    at[0] = root;
    for (std::size_t q = 0; q < questions; ++q) {
      const Trees::Node& node = trees.nodes_[static_cast<std::size_t>(at[q])];
      if (node.low == at[q]) {  // a leaf: no rank is above 127, and the walk stays
        tree.bound[q] = 127;
        at[2 * q + 1] = at[2 * q + 2] = at[q];
        continue;
      }
      const auto column = static_cast<std::size_t>(
          std::lower_bound(asked_.begin(), asked_.end(), static_cast<std::size_t>(node.column)) -
          asked_.begin());
      const std::vector<float>& bounds = bounds_[column];
      const auto place = std::lower_bound(bounds.begin(), bounds.end(), node.bound) - bounds.begin();
      tree.column[q] = static_cast<std::uint16_t>(column);
      tree.bound[q] = static_cast<std::int8_t>(place - 128);
      at[2 * q + 1] = node.low;
      at[2 * q + 2] = node.low + 1;
    }
    for (std::size_t leaf = 0; leaf <= questions; ++leaf) {
      tree.leaf[leaf] = trees.nodes_[static_cast<std::size_t>(at[questions + leaf])].leaf;
    }
    trees_.push_back(tree);
  }
}

// value < bound k exactly when no more than k bounds are <= value.
RankedRows RankedTrees::rank(const FloatTable& rows) const {
  RankedRows ranked;
  ranked.rows = rows.rows();
  if (!ranks()) {
    ranked.plain = rows;
    return ranked;
  }
  ranked.stride = (rows.rows() + block - 1) / block * block;
  ranked.values.assign(asked_.size() * ranked.stride, -128);
  for (std::size_t column = 0; column < asked_.size(); ++column) {
    const std::vector<float>& bounds = bounds_[column];
    for (std::size_t row = 0; row < ranked.rows; ++row) {
      const float value = rows.row(row)[asked_[column]];
      const auto below = std::upper_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
      ranked.values[column * ranked.stride + row] = static_cast<std::int8_t>(below - 128);
    }
  }
  return ranked;
}

void RankedTrees::predict(const RankedRows& rows, std::span<float> sums) const {
  FORECOST_EXPECTS(sums.size() == rows.rows, "one sum for each row");
  if (!ranks()) {
    const std::vector<float> values = plain_.predict(rows.plain);
    std::copy(values.begin(), values.end(), sums.begin());
    return;
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) return walk_wide(trees_, rows, sums);
#endif
  walk_plain(trees_, rows, sums);
}

}  // namespace forecost::numeric
