// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/embedding.h"

#include <cmath>
#include <numbers>

namespace forecost::search {
namespace {

bool categorical(const Parameter& p) {
  return p.kind == Parameter::Kind::categorical;
}

Eigen::Index width_of(const Parameter& p) {
  if (p.discrete() && p.count() < 2 && !p.when) return 0;
  if (categorical(p)) return p.count();
  return p.when ? 2 : 1;
}

}  // namespace

Embedding::Embedding(const Space& space) : space_(&space) {
  for (const Parameter& p : space.parameters()) {
    const Eigen::Index width = width_of(p);
    first_column_.push_back(width > 0 ? columns_ : -1);
    for (Eigen::Index i = 0; i < width; ++i) group_of_column_.push_back(groups_);
    columns_ += width;
    groups_ += width > 0 ? 1 : 0;
  }
}

Eigen::VectorXd Embedding::place(const Design& design, std::span<const double> unit) const {
  Eigen::VectorXd point = Eigen::VectorXd::Zero(columns_);
  for (std::size_t i = 0; i < space_->size(); ++i) {
    const Eigen::Index column = first_column_[i];
    if (column < 0 || std::isnan(design.values[i])) continue;
    const Parameter& p = (*space_)[i];
    if (categorical(p)) {
      point(column + static_cast<Eigen::Index>(design.values[i])) = 1 / std::numbers::sqrt2;
    } else if (p.when) {
      point(column) = std::cos(unit[i]);
      point(column + 1) = std::sin(unit[i]);
    } else {
      point(column) = unit[i];
    }
  }
  return point;
}

Eigen::VectorXd Embedding::place(const Design& design) const {
  return place(design, space_->encode(design));
}

double Embedding::chain(std::size_t parameter, double unit, const Eigen::VectorXd& by_column) const {
  const Eigen::Index column = first_column_[parameter];
  if (column < 0) return 0;
  if (!(*space_)[parameter].when) return by_column(column);
  return -std::sin(unit) * by_column(column) + std::cos(unit) * by_column(column + 1);
}

}  // namespace forecost::search
