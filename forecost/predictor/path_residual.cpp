// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_residual.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace forecost::predictor {
namespace {

constexpr std::size_t smooth_samples = 25;
constexpr std::size_t own_trees_samples = 60;
constexpr int inducing_points = 96;
/// General features, path and base; the tiles' features behind them where the device has tiles.
constexpr std::size_t general_columns = general_features + 2;
constexpr std::size_t most_columns = feature_count + 2;

/// Features inside the path's measured range: beyond it the residual stays what it is at the edge.
Features clipped(const Features& features, const PathBase& base) {
  Features result = features;
  for (std::size_t i = 0; i < feature_count; ++i)
    result[i] = std::clamp(result[i], base.low[i], base.high[i]);
  return result;
}

std::array<float, most_columns> tree_row(const Features& features, int path, double base_time) {
  std::array<float, most_columns> row{};
  const auto* tiles = features.begin() + general_features;
  std::copy(features.begin(), tiles, row.begin());
  row[general_features] = static_cast<float>(path);
  row[general_features + 1] = static_cast<float>(std::log(base_time));
  std::copy(tiles, features.end(), row.begin() + general_columns);
  return row;
}

bool has_tiles(std::span<const Sample> samples) {
  return std::any_of(samples.begin(), samples.end(), [](const Sample& sample) {
    return std::any_of(sample.features.begin() + general_features, sample.features.end(),
                       [](float value) { return value != 0; });
  });
}

double residual_of(const Sample& sample, const PathBases& bases, const Place& place) {
  return std::log(sample.time / bases.time(place.path, sample.terms)) - place.log_factor;
}

Eigen::VectorXd scaled(const Features& features, const SmoothDesign& design) {
  Eigen::VectorXd point(static_cast<Eigen::Index>(design.columns.size()));
  for (Eigen::Index j = 0; j < point.size(); ++j) {
    const double value = features[design.columns[static_cast<std::size_t>(j)]];
    point(j) = (value - design.centre(j)) / design.scale(j);
  }
  return point;
}

/// Samples as the trees see them.
struct TreeProblem {
  numeric::FloatTable rows;
  std::vector<float> target;
  std::vector<float> weight;

  void append(std::span<const float> row, float residual, float importance) {
    rows.append(row);
    target.push_back(residual);
    weight.push_back(importance);
  }
};

/// Many foreign measurements of one path carry larger ensembles than a calibration does.
numeric::TreeOptions tree_options(std::uint64_t seed, std::size_t samples, bool tiles) {
  const bool large = tiles && samples >= 1500;
  return {.rounds = large ? 500 : 90,
          .parallel = 1,
          .depth = large ? 8 : 5,
          .rate = large ? 0.05 : 0.08,
          .l2 = 2,
          .min_child_weight = 3,
          .row_share = 0.8,
          .column_share = large ? 0.5 : 0.7,
          .node_column_share = 1,
          .seed = seed};
}

/// One path's samples as regression problem.
struct PathProblem {
  std::vector<const Sample*> samples;
  std::vector<double> residuals;
};

std::map<std::string, PathProblem> problems_of(std::span<const Sample> samples, const PathBases& bases) {
  std::map<std::string, PathProblem> problems;
  for (const Sample& sample : samples) {
    const Place place = bases.place(sample.path, sample.variant, sample.features);
    if (place.path < 0) continue;
    PathProblem& problem = problems[sample.path];
    problem.samples.push_back(&sample);
    problem.residuals.push_back(std::clamp(residual_of(sample, bases, place), -1.5, 1.5));
  }
  return problems;
}

Eigen::MatrixXd points_of(const PathProblem& problem, const SmoothDesign& design) {
  Eigen::MatrixXd points(static_cast<Eigen::Index>(problem.samples.size()),
                         static_cast<Eigen::Index>(design.columns.size()));
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    points.row(i) = scaled(problem.samples[static_cast<std::size_t>(i)]->features, design).transpose();
  }
  return points;
}

Eigen::VectorXd vector_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace

SmoothDesigns design_smooth(std::span<const Sample> samples, const PathBases& bases, std::uint64_t seed) {
  SmoothDesigns designs;
  for (const auto& [path, problem] : problems_of(samples, bases)) {
    if (problem.samples.size() < smooth_samples) continue;
    SmoothDesign design;
    std::vector<double> centres;
    std::vector<double> scales;
    const auto count = static_cast<double>(problem.samples.size());
    for (Feature feature : smooth_features()) {
      const auto column = static_cast<std::size_t>(feature);
      double sum = 0;
      double squares = 0;
      for (const Sample* sample : problem.samples) {
        const double value = sample->features[column];
        sum += value;
        squares += value * value;
      }
      const double centre = sum / count;
      const double deviation = std::sqrt(std::max(0.0, squares / count - centre * centre));
      if (deviation < 1e-3) continue;
      design.columns.push_back(column);
      centres.push_back(centre);
      scales.push_back(deviation);
    }
    if (design.columns.empty()) continue;
    design.centre = vector_of(centres);
    design.scale = vector_of(scales);
    design.shape = numeric::tune_matern(points_of(problem, design), vector_of(problem.residuals),
                                        {.points = 200, .iterations = 30, .min_noise = 0.015, .seed = seed});
    designs.emplace(path, std::move(design));
  }
  return designs;
}

Result<PathResidual> PathResidual::fit(std::span<const Sample> samples, const PathBases& bases,
                                       const SmoothDesigns& designs, std::uint64_t seed) {
  PathResidual residual;
  const bool tiles = has_tiles(samples);
  residual.columns_ = tiles ? most_columns : general_columns;
  std::map<int, TreeProblem> problems;  // -1: all samples
  for (const Sample& sample : samples) {
    const Place place = bases.place(sample.path, sample.variant, sample.features);
    const auto row = tree_row(sample.features, place.path, bases.time(place.path, sample.terms));
    const auto target = static_cast<float>(std::clamp(residual_of(sample, bases, place), -1.5, 1.5));
    for (const int path : {-1, place.path})
      problems[path].append(std::span(row).first(residual.columns_), target,
                            static_cast<float>(sample.weight));
  }
  for (const auto& [path, problem] : problems) {
    if (problem.target.size() < (path < 0 ? 20 : own_trees_samples)) continue;
    if (path >= 0 && problem.target.size() == samples.size()) {  // the only path
      residual.trees_.emplace(path, residual.shared_trees_);
      continue;
    }
    FORECOST_TRY(auto trees, numeric::Trees::grow(problem.rows, problem.target, problem.weight,
                                                  tree_options(seed, problem.target.size(), tiles)));
    if (path < 0) {
      residual.shared_trees_ = numeric::RankedTrees(std::move(trees));
    } else {
      residual.trees_.emplace(path, numeric::RankedTrees(std::move(trees)));
    }
  }
  for (const auto& [path, problem] : problems_of(samples, bases)) {
    const auto design = designs.find(path);
    if (design == designs.end() || problem.samples.size() < smooth_samples / 2) continue;
    Eigen::VectorXd weights(static_cast<Eigen::Index>(problem.samples.size()));
    for (Eigen::Index i = 0; i < weights.size(); ++i) {
      weights(i) = std::clamp(problem.samples[static_cast<std::size_t>(i)]->weight, 0.3, 2.0);
    }
    const auto found = std::lower_bound(bases.names().begin(), bases.names().end(), path);
    residual.smooth_[static_cast<std::size_t>(found - bases.names().begin())] = {
        design->second,
        numeric::GaussianProcess(points_of(problem, design->second), vector_of(problem.residuals), weights,
                                 design->second.shape, inducing_points)};
  }
  return residual;
}

ResidualInput PathResidual::prepare(std::span<const Located> kernels, const PathBases& bases,
                                    std::span<const Wanted> wanted) const {
  ResidualInput input;
  input.count = kernels.size();
  std::map<int, std::pair<std::vector<std::size_t>, numeric::FloatTable>> groves;
  std::map<std::size_t, std::vector<std::size_t>> by_path;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const Located& kernel = kernels[i];
    const int path = kernel.place.path;
    const Wanted opinions = wanted.empty() ? Wanted{} : wanted[i];
    if (opinions.smooth && has_smooth(path)) by_path[static_cast<std::size_t>(path)].push_back(i);
    if (!opinions.trees) continue;
    Features features = kernel.features;
    if (path >= 0) features = clipped(features, bases.paths()[static_cast<std::size_t>(path)]);
    auto& [members, rows] = groves[trees_.contains(path) ? path : -1];
    members.push_back(i);
    const auto row = tree_row(features, path, bases.time(path, kernel.terms));
    rows.append(std::span(row).first(columns_));
  }
  for (auto& [path, grove] : groves) {
    input.groves.push_back({.path = path,
                            .kernels = std::move(grove.first),
                            .rows = (path < 0 ? shared_trees_ : trees_.at(path)).rank(grove.second)});
  }
  for (auto& [path, members] : by_path) {
    const Smooth& smooth = smooth_.at(path);
    Eigen::MatrixXf points(static_cast<Eigen::Index>(smooth.design.columns.size()),
                           static_cast<Eigen::Index>(members.size()));
    for (std::size_t j = 0; j < members.size(); ++j) {
      const Features features = clipped(kernels[members[j]].features, bases.paths()[path]);
      points.col(static_cast<Eigen::Index>(j)) = scaled(features, smooth.design).cast<float>();
    }
    input.parts.push_back(
        {.path = path, .kernels = std::move(members), .points = smooth.process.divided(points)});
  }
  return input;
}

Opinions PathResidual::evaluate(const ResidualInput& input) const {
  Opinions opinions{.trees = std::vector<float>(input.count, 0.0F),
                    .smooth = std::vector<float>(input.count, 0.0F)};
  std::vector<float> values(input.count);
  for (const ResidualInput::Grove& grove : input.groves) {
    const numeric::RankedTrees& trees = grove.path < 0 ? shared_trees_ : trees_.at(grove.path);
    trees.predict(grove.rows, std::span(values).first(grove.kernels.size()));
    for (std::size_t i = 0; i < grove.kernels.size(); ++i) opinions.trees[grove.kernels[i]] = values[i];
  }
  for (const ResidualInput::Part& part : input.parts) {
    smooth_.at(part.path).process.mean_of_divided(part.points, std::span(values).first(part.kernels.size()));
    for (std::size_t i = 0; i < part.kernels.size(); ++i) opinions.smooth[part.kernels[i]] = values[i];
  }
  return opinions;
}

bool PathResidual::has_smooth(int path) const {
  return path >= 0 && smooth_.contains(static_cast<std::size_t>(path));
}

nlohmann::json PathResidual::save() const {
  nlohmann::json saved{{"columns", columns_},
                       {"shared_trees", shared_trees_.trees().save()},
                       {"trees", nlohmann::json::array()},
                       {"smooth", nlohmann::json::array()}};
  for (const auto& [path, trees] : trees_)
    saved["trees"].push_back({{"path", path}, {"trees", trees.trees().save()}});
  for (const auto& [path, smooth] : smooth_) {
    const auto list = [](const Eigen::VectorXd& values) {
      return std::vector<double>(values.data(), values.data() + values.size());
    };
    saved["smooth"].push_back({{"path", path},
                               {"columns", smooth.design.columns},
                               {"centre", list(smooth.design.centre)},
                               {"scale", list(smooth.design.scale)},
                               {"process", smooth.process.save()}});
  }
  return saved;
}

Result<PathResidual> PathResidual::load(const nlohmann::json& saved) {
  PathResidual residual;
  residual.columns_ = saved.at("columns").get<std::size_t>();
  if (residual.columns_ != general_columns && residual.columns_ != most_columns) {
    return Error{Fault::bad_input, "the saved trees have columns that do not exist", "",
                 "calibrate again: forecost calibrate"};
  }
  FORECOST_TRY(auto shared, numeric::Trees::load(saved.at("shared_trees"), residual.columns_));
  residual.shared_trees_ = numeric::RankedTrees(std::move(shared));
  for (const auto& entry : saved.at("trees")) {
    FORECOST_TRY(auto trees, numeric::Trees::load(entry.at("trees"), residual.columns_));
    residual.trees_.emplace(entry.at("path").get<int>(), numeric::RankedTrees(std::move(trees)));
  }
  for (const auto& entry : saved.at("smooth")) {
    Smooth smooth;
    smooth.design.columns = entry.at("columns").get<std::vector<std::size_t>>();
    smooth.design.centre = vector_of(entry.at("centre").get<std::vector<double>>());
    smooth.design.scale = vector_of(entry.at("scale").get<std::vector<double>>());
    const std::size_t width = smooth.design.columns.size();
    const bool inside = std::all_of(smooth.design.columns.begin(), smooth.design.columns.end(),
                                    [](std::size_t column) { return column < feature_count; });
    if (!inside || static_cast<std::size_t>(smooth.design.centre.size()) != width ||
        static_cast<std::size_t>(smooth.design.scale.size()) != width) {
      return Error{Fault::bad_input, "a saved Gaussian process names features that do not exist", "",
                   "calibrate again: forecost calibrate"};
    }
    FORECOST_TRY(smooth.process, numeric::GaussianProcess::load(entry.at("process"), width));
    smooth.design.shape = smooth.process.shape();
    residual.smooth_.emplace(entry.at("path").get<std::size_t>(), std::move(smooth));
  }
  return residual;
}

}  // namespace forecost::predictor
