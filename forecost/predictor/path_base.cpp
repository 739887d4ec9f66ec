// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_base.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "forecost/numeric/nonnegative.h"
#include "forecost/numeric/statistics.h"

namespace forecost::predictor {
namespace {

constexpr double least_time = 1e-9;

double dot(const Terms& a, const Terms& b) {
  double sum = 0;
  for (std::size_t i = 0; i < term_count; ++i) sum += a[i] * b[i];
  return sum;
}

/// The roofline plus a node's cost, times one efficiency.
Terms scaled_roof(double log_scale) {
  Terms terms{};
  terms[static_cast<std::size_t>(Term::roof)] = std::exp(log_scale);
  terms[static_cast<std::size_t>(Term::constant)] = std::exp(log_scale);
  return terms;
}

double log_efficiency(std::span<const Sample* const> samples, double prior, double strength) {
  const Terms one = scaled_roof(0);
  std::vector<double> ratios;
  std::vector<double> weights;
  for (const Sample* sample : samples) {
    ratios.push_back(std::log(sample->time / std::max(least_time, dot(one, sample->terms))));
    weights.push_back(sample->weight);
  }
  const double middle = numeric::weighted_quantile(ratios, weights, 0.5);
  const auto count = static_cast<double>(samples.size());
  return (count * middle + strength * prior) / (count + strength);
}

Terms fit_terms(std::span<const Sample* const> samples, std::span<const Term> terms) {
  const auto rows = static_cast<Eigen::Index>(samples.size());
  const auto columns = static_cast<Eigen::Index>(terms.size());
  Eigen::MatrixXd a(rows, columns);
  Eigen::VectorXd b(rows);
  Eigen::VectorXd weight(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Sample& sample = *samples[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < columns; ++j) {
      a(i, j) = sample.terms[static_cast<std::size_t>(terms[static_cast<std::size_t>(j)])];
    }
    b(i) = sample.time;
    weight(i) = sample.weight;
  }
  const Eigen::VectorXd x = numeric::relative_nonnegative_fit(a, b, weight, 1e-3);
  Terms result{};
  for (Eigen::Index j = 0; j < columns; ++j) {
    result[static_cast<std::size_t>(terms[static_cast<std::size_t>(j)])] = x(j);
  }
  return result;
}

std::span<const Term> all_terms() {
  static constexpr std::array terms = {Term::roof,   Term::work,      Term::tail,     Term::border,
                                       Term::other,  Term::serial,    Term::input,    Term::weights,
                                       Term::output, Term::workspace, Term::far,      Term::calls,
                                       Term::rows,   Term::elements,  Term::constant, Term::tiles};
  return terms;
}

std::span<const Term> few_terms() {
  static constexpr std::array terms = {Term::roof, Term::work, Term::far, Term::elements, Term::constant};
  return terms;
}

}  // namespace

PathBases PathBases::fit(std::span<const Sample> samples) {
  PathBases bases;
  std::map<std::string, std::vector<const Sample*>> by_path;
  std::vector<const Sample*> all;
  for (const Sample& sample : samples) {
    by_path[sample.path].push_back(&sample);
    all.push_back(&sample);
  }
  const double typical = all.empty() ? 0.0 : log_efficiency(all, 0, 0);
  bases.anywhere_ = scaled_roof(typical);
  for (const auto& [name, rows] : by_path) {
    PathBase base;
    base.samples = static_cast<int>(rows.size());
    std::set<std::string_view> groups;
    for (const Sample* row : rows) groups.insert(row->group);
    if (rows.size() >= 15 && groups.size() >= 6) {
      base.coefficients = fit_terms(rows, all_terms());
    } else if (rows.size() >= 6 && groups.size() >= 4) {
      base.coefficients = fit_terms(rows, few_terms());
    } else {
      base.coefficients = scaled_roof(log_efficiency(rows, typical, 1));
    }
    base.low = base.high = rows.front()->features;
    for (const Sample* row : rows) {
      for (std::size_t i = 0; i < feature_count; ++i) {
        base.low[i] = std::min(base.low[i], row->features[i]);
        base.high[i] = std::max(base.high[i], row->features[i]);
      }
    }
    bases.names_.push_back(name);
    bases.paths_.push_back(base);
  }
  std::map<std::string, std::pair<double, double>> sums;
  for (const Sample& sample : samples) {
    const Place place = bases.place(sample.path, sample.variant, sample.features);
    auto& [sum, weight] = sums[sample.variant];
    sum +=
        sample.weight * std::clamp(std::log(sample.time / bases.time(place.path, sample.terms)), -1.0, 1.0);
    weight += sample.weight;
  }
  for (const auto& [variant, sum] : sums) bases.factors_[variant] = sum.first / (sum.second + 3.0);
  return bases;
}

Place PathBases::place(const std::string& path, const std::string& variant, const Features& features) const {
  Place place;
  const auto found = std::lower_bound(names_.begin(), names_.end(), path);
  if (found == names_.end() || *found != path) return place;
  place.path = static_cast<int>(found - names_.begin());
  const PathBase& base = paths_[static_cast<std::size_t>(place.path)];
  const auto factor = factors_.find(variant);
  if (factor != factors_.end()) place.log_factor = factor->second;
  for (Feature feature : extent_features()) {
    const auto i = static_cast<std::size_t>(feature);
    const double beyond = std::max({0.0F, features[i] - base.high[i], base.low[i] - features[i]});
    place.excess += std::max(0.0, beyond - std::log(1.5));
  }
  return place;
}

double PathBases::time(int path, const Terms& terms) const {
  const Terms& coefficients = path < 0 ? anywhere_ : paths_[static_cast<std::size_t>(path)].coefficients;
  return std::max(least_time, dot(coefficients, terms));
}

nlohmann::json PathBases::save() const {
  nlohmann::json saved{{"factors", factors_}, {"anywhere", anywhere_}, {"paths", nlohmann::json::array()}};
  for (std::size_t i = 0; i < names_.size(); ++i) {
    saved["paths"].push_back({{"name", names_[i]},
                              {"coefficients", paths_[i].coefficients},
                              {"samples", paths_[i].samples},
                              {"low", paths_[i].low},
                              {"high", paths_[i].high}});
  }
  return saved;
}

PathBases PathBases::load(const nlohmann::json& saved) {
  PathBases bases;
  bases.factors_ = saved.at("factors").get<std::map<std::string, double>>();
  bases.anywhere_ = saved.at("anywhere").get<Terms>();
  for (const auto& entry : saved.at("paths")) {
    bases.names_.push_back(entry.at("name").get<std::string>());
    bases.paths_.push_back({.coefficients = entry.at("coefficients").get<Terms>(),
                            .samples = entry.at("samples").get<int>(),
                            .low = entry.at("low").get<Features>(),
                            .high = entry.at("high").get<Features>()});
  }
  return bases;
}

}  // namespace forecost::predictor
