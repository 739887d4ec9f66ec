// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/likely_designs.h"

#include <utility>

namespace forecost::search {

std::optional<Design> LikelyDesigns::operator()(numeric::Random& random) const {
  std::call_once(once_, [this] {
    if (wish_.limits.size() > AllowedDraw::most_limits) return;
    auto graph = DesignGraph::make(wish_.space, wish_.chain, wish_.rules);
    if (!graph) return;
    auto table = CostTable::make(*std::move(graph), wish_.forecast, wish_.costs);
    if (!table) return;
    auto draw = AllowedDraw::make(*table, wish_.limits);
    if (draw) made_.emplace(Made{*std::move(table), *std::move(draw)});
  });
  std::vector<std::uint32_t> path;
  if (!made_ || !made_->draw.draw(random, path)) return std::nullopt;
  return made_->table.graph().filled(made_->table.graph().design(path), random);
}

}  // namespace forecost::search
