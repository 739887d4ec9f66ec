// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/rebatch.h"

#include <algorithm>

namespace forecost::layer {

std::optional<Shape> rebatched(const Shape& target, const TensorFact& x, const BatchChange& change) {
  if (x.constant || change.written == change.wanted) return {};
  if (target.empty() || target.front() != change.written) return {};
  Shape filled = target;
  for (std::size_t i = 0; i < filled.size(); ++i) {
    if (filled[i] == 0 && i < x.shape.size()) filled[i] = x.shape[i];
  }
  Shape changed = target;
  changed.front() = filled.front() = change.wanted;
  const auto open = std::find(filled.begin(), filled.end(), -1);
  if (open != filled.end()) {
    *open = 1;
    const auto rest = network::elements_of(filled);
    const bool leads = !x.shape.empty() && x.shape.front() == change.wanted;
    if (!leads || !rest || *rest == 0 || x.elements() % *rest != 0) return {};
    return changed;
  }
  if (network::elements_of(filled) != x.elements()) return {};
  return changed;
}

}  // namespace forecost::layer
