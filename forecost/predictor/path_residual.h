// SPDX-License-Identifier: Apache-2.0
/// What the physical part leaves over, in logarithms: boosted trees and a Gaussian process per path; paths
/// with few samples share one ensemble of trees.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>

#include "forecost/numeric/gaussian_process.h"
#include "forecost/numeric/ranked_trees.h"
#include "forecost/predictor/path_base.h"

namespace forecost::predictor {

/// One kernel as the path model sees it.
struct Located {
  Place place;
  Terms terms{};
  Features features{};
};

/// Which features a path's Gaussian process sees, how they are scaled, and its hyper-parameters.
struct SmoothDesign {
  std::vector<std::size_t> columns;
  Eigen::VectorXd centre;
  Eigen::VectorXd scale;
  numeric::MaternShape shape;
};
using SmoothDesigns = std::map<std::string, SmoothDesign>;

/// For every path with enough samples. Dear: marginal likelihoods are maximised here, once, and shared by all
/// folds.
SmoothDesigns design_smooth(std::span<const Sample> samples, const PathBases& bases, std::uint64_t seed);

/// Which opinions on a kernel count.
struct Wanted {
  bool trees = true;
  bool smooth = true;
};

/// Kernels laid out for evaluation.
struct ResidualInput {
  /// Kernels that the same trees judge.
  struct Grove {
    int path = -1;  ///< -1: the shared trees
    std::vector<std::size_t> kernels;
    numeric::RankedRows rows;
  };
  std::vector<Grove> groves;
  /// Kernels that the same Gaussian process judges.
  struct Part {
    std::size_t path = 0;
    std::vector<std::size_t> kernels;
    Eigen::MatrixXf points;  ///< scaled features, divided by lengths, x kernels
  };
  std::vector<Part> parts;
  std::size_t count = 0;  ///< kernels
};

/// Two opinions on log(time / base) for each kernel; 0 where there is none.
struct Opinions {
  std::vector<float> trees;
  std::vector<float> smooth;
};

class PathResidual {
 public:
  static Result<PathResidual> fit(std::span<const Sample> samples, const PathBases& bases,
                                  const SmoothDesigns& designs, std::uint64_t seed);

  /// `wanted`: one for each kernel; empty: every opinion counts. Opinions that do not count become 0.
  ResidualInput prepare(std::span<const Located> kernels, const PathBases& bases,
                        std::span<const Wanted> wanted = {}) const;
  Opinions evaluate(const ResidualInput& input) const;
  bool has_smooth(int path) const;

  nlohmann::json save() const;
  static Result<PathResidual> load(const nlohmann::json& saved);

 private:
  struct Smooth {
    SmoothDesign design;
    numeric::GaussianProcess process;
  };
  std::size_t columns_ = general_features + 2;  ///< of the trees
  numeric::RankedTrees shared_trees_;
  std::map<int, numeric::RankedTrees> trees_;  ///< by path index
  std::map<std::size_t, Smooth> smooth_;       ///< by path index
};

}  // namespace forecost::predictor
