// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/embedding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <string>

#include "forecost/search/even_points.h"

namespace forecost::search {
namespace {

constexpr std::size_t fewest_alike = 3;
constexpr std::size_t sample_size = 128;
constexpr std::uint64_t sample_seed = 11;
constexpr double nothing = -0.25;  ///< coordinate of a network through which nothing flows

bool categorical(const Parameter& p) {
  return p.kind == Parameter::Kind::categorical;
}

Eigen::Index width_of(const Parameter& p) {
  if (p.discrete() && p.count() < 2 && !p.when) return 0;
  if (categorical(p)) return p.count();
  return p.when ? 2 : 1;
}

bool any_real(const Space& space) {
  return std::any_of(space.parameters().begin(), space.parameters().end(),
                     [](const Parameter& p) { return !p.discrete(); });
}

/// Even points of the space, or even rows of the pool.
std::vector<Design> sample_of(const Problem& problem) {
  std::vector<Design> sample;
  EvenPoints points(problem.space, sample_seed);
  for (std::size_t i = 0; i < sample_size; ++i) {
    const std::vector<double> point = points.next();
    if (problem.pool) {
      const auto& designs = problem.pool->designs();
      sample.push_back(designs[i * designs.size() / sample_size]);
    } else {
      sample.push_back(problem.space.decode(point));
    }
  }
  return sample;
}

double logarithm(const Capacity& capacity, std::size_t place) {
  const double value = capacity.values().at(place);
  return place < 2 ? std::log(std::max(1.0, value)) : std::log1p(value);
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

std::vector<Eigen::Index> Embedding::ordered_columns() const {
  std::vector<Eigen::Index> columns;
  for (std::size_t i = 0; i < space_->size(); ++i) {
    const Parameter& p = (*space_)[i];
    if (first_column_[i] >= 0 && !categorical(p) && !p.when) columns.push_back(first_column_[i]);
  }
  return columns;
}

void Embedding::add_group(Eigen::Index width) {
  for (Eigen::Index i = 0; i < width; ++i) group_of_column_.push_back(groups_);
  columns_ += width;
  ++groups_;
}

void Embedding::add_families() {
  std::map<std::vector<std::string>, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < space_->size(); ++i) {
    if (categorical((*space_)[i]) && !(*space_)[i].when) alike[(*space_)[i].choices].push_back(i);
  }
  for (const auto& family : alike) {
    const auto choices = static_cast<Eigen::Index>(family.first.size());
    if (family.second.size() < fewest_alike || choices < 2) continue;
    families_.push_back({family.second, columns_, choices});
    add_group(choices);
  }
}

void Embedding::add_forecasts(const Problem& problem, const std::vector<Design>& sample) {
  std::vector<std::vector<Known>> known;
  for (const Design& design : sample) {
    if (auto forecast = problem.forecast(design)) known.push_back(*std::move(forecast));
  }
  if (known.empty()) return;
  std::size_t place = 0;
  for (const Limit& limit : problem.limits) {
    if (!limit.known) continue;
    Scaled forecast{.place = place++, .column = columns_};
    forecast.low = std::numeric_limits<double>::infinity();
    forecast.high = -forecast.low;
    bool positive = true;
    for (const std::vector<Known>& values : known) {
      const double value = forecast.place < values.size() ? values[forecast.place].value : 0;
      positive = positive && value > 0;
      forecast.low = std::min(forecast.low, positive ? std::log(value) : 0);
      forecast.high = std::max(forecast.high, positive ? std::log(value) : 0);
    }
    if (!positive || !(forecast.high > forecast.low)) continue;
    forecasts_.push_back(forecast);
    add_group(1);
  }
  if (!forecasts_.empty()) problem_ = &problem;
}

void Embedding::add_capacity(const Problem& problem, const std::vector<Design>& sample) {
  std::vector<Capacity> seen;
  for (const Design& design : sample) {
    const auto capacity = problem.capacity(design);
    if (capacity && capacity->macs > 0) seen.push_back(*capacity);
  }
  for (std::size_t place = 0; place < Capacity::count; ++place) {
    Scaled scaled{.place = place,
                  .column = columns_,
                  .low = std::numeric_limits<double>::infinity(),
                  .high = -std::numeric_limits<double>::infinity()};
    for (const Capacity& capacity : seen) {
      const double value = logarithm(capacity, place);
      scaled.low = std::min(scaled.low, value);
      scaled.high = std::max(scaled.high, value);
    }
    if (!(scaled.high > scaled.low)) continue;
    capacities_.push_back(scaled);
    add_group(1);
    problem_ = &problem;
  }
}

Embedding Embedding::with_costs(const Problem& problem) {
  Embedding embedding(problem.space);
  if (any_real(problem.space)) return embedding;
  embedding.add_families();
  if (problem.forecast) embedding.add_forecasts(problem, sample_of(problem));
  return embedding;
}

Embedding Embedding::with_forecasts(const Problem& problem) {
  Embedding embedding = with_costs(problem);
  if (problem.capacity) embedding.add_capacity(problem, sample_of(problem));
  return embedding;
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
  for (const Family& family : families_) {
    const double share = 1.0 / static_cast<double>(family.parameters.size());
    for (const std::size_t p : family.parameters)
      point(family.first + static_cast<Eigen::Index>(design.values[p])) += share;
  }
  if (!forecasts_.empty()) place_forecasts(design, point);
  if (!capacities_.empty()) place_capacity(design, point);
  return point;
}

void Embedding::place_forecasts(const Design& design, Eigen::VectorXd& point) const {
  const auto known = problem_->forecast(design);
  for (const Scaled& forecast : forecasts_) {
    const bool there =
        known.has_value() && forecast.place < known->size() && (*known)[forecast.place].value > 0;
    point(forecast.column) =
        there ? (std::log((*known)[forecast.place].value) - forecast.low) / (forecast.high - forecast.low)
              : 0.5;
  }
}

void Embedding::place_capacity(const Design& design, Eigen::VectorXd& point) const {
  const auto capacity = problem_->capacity(design);
  for (const Scaled& scaled : capacities_) {
    const bool there = capacity && capacity->macs > 0;
    point(scaled.column) =
        there ? (logarithm(*capacity, scaled.place) - scaled.low) / (scaled.high - scaled.low) : nothing;
  }
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
