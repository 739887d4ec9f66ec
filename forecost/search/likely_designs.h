// SPDX-License-Identifier: Apache-2.0
/// Designs of a chain that probably hold the known limits of a study.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/allowed_draw.h"
#include "forecost/search/cost_table.h"
#include "forecost/search/design_graph.h"

namespace forecost::search {

/// What is asked of the designs.
struct LikelyWish {
  Space space;
  Chain chain;
  std::vector<DesignRule> rules;
  std::vector<TableLimit> limits;  ///< on `forecast`'s costs
  ForecastInParts forecast;
  std::size_t costs = 0;  ///< that `forecast` gives
};

class LikelyDesigns {
 public:
  explicit LikelyDesigns(LikelyWish wish) : wish_(std::move(wish)) {}

  /// The first call makes the tables: a few hundred to 4000 forecasts; the others take microseconds. Nothing
  /// where by the tables no design holds the limits, or where its links have too many ways for a table.
  /// Thread-safe; the designs depend on the wish and the random numbers alone.
  std::optional<Design> operator()(numeric::Random& random) const;

 private:
  struct Made {
    CostTable table;
    AllowedDraw draw;
  };

  LikelyWish wish_;
  mutable std::once_flag once_;
  mutable std::optional<Made> made_;
};

}  // namespace forecost::search
