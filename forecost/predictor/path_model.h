// SPDX-License-Identifier: Apache-2.0
/// The default family: a physical model per kernel path, its residual by an ensemble, intervals that were
/// checked.
///
///   time = base(path) * factor(variant) * exp(a * trees + b * process) * correction(path)
///
/// base: path_base.h; trees and process: path_residual.h; a, b per path and the intervals' widths come from
/// out-of-fold predictions, where no measurement of the same group was seen; the correction from network
/// totals.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/predictor/distinct.h"
#include "forecost/predictor/path_residual.h"

namespace forecost::predictor {

/// How the parts are put together on one path.
struct PathTuning {
  double trees = 0.5;     ///< share of the trees' opinion
  double smooth = 0.5;    ///< share of the Gaussian process's opinion
  double spread = 0.3;    ///< typical out-of-fold error, as a logarithm
  double correction = 0;  ///< logarithm
};

struct PathModel {
  PathBases bases;
  PathResidual residual;
  std::vector<PathTuning> tuning;  ///< by path index
  PathTuning elsewhere{.trees = 0, .smooth = 0, .spread = 0.6, .correction = 0};
  double kernel_quantile = 2;  ///< half-width of a kernel's interval in difficulties
  double shared = 0.05;        ///< error that all kernels of a network have in common, as a logarithm
  double network_quantile = 2;

  const PathTuning& tuning_of(int path) const {
    return path < 0 ? elsewhere : tuning[static_cast<std::size_t>(path)];
  }
};

/// What a kind's forecast needs besides the two opinions.
struct KindParts {
  double time = 0;          ///< seconds, without the residual
  double trees = 0;         ///< share of the trees' opinion, less beyond what was measured
  double smooth = 0;        ///< share of the Gaussian process's opinion, likewise
  double difficulty = 0;    ///< when the opinions agree
  double disagreement = 0;  ///< difficulty per difference of the opinions
};
KindParts parts_of(const PathModel& model, const Located& kernel);

/// Kernels of one network, located and laid out; repeated ones once.
class PathCompiled final : public Compiled {
 public:
  Distinct kinds;
  std::vector<Located> located;
  std::vector<KindParts> parts;
  std::vector<Bound> bounds;
  ResidualInput input;
  std::unique_ptr<PathCompiled> energy;  ///< for the model of energy, where there is one
};

PathCompiled compile_for(const PathModel& model, std::span<const layer::Kernel> kernels,
                         const device::Card& card);

/// Per kind of kernel: time and how uncertain it is.
struct KindForecast {
  double time = 0;
  double difficulty = 0;  ///< logarithm; intervals are multiples of it
};
std::vector<KindForecast> evaluate(const PathModel& model, const PathCompiled& compiled);

/// The two opinions and the rest put together.
KindForecast combine(const KindParts& parts, float trees, float smooth);

/// Error of a network's total, as a logarithm, before the network quantile: shared and independent parts.
double network_scale(const PathModel& model, const PathCompiled& compiled,
                     std::span<const KindForecast> kinds);

/// Fails: `bad_input` without a single row of positive time.
Result<PathModel> fit_path_model(const measurement::Table& table, const FitOptions& options);

/// One model of several devices, for a device that was never measured: terms and features are relative to
/// each card's peaks, and the intervals come from whole devices that were left out. Whole networks are not
/// used. Fails: as fit_path_model.
Result<PathModel> fit_path_model_across(std::span<const measurement::Table> tables,
                                        const FitOptions& options);

/// `energy`: the same kind of model, its "seconds" are joules; fitted to kernels whose energy was measured.
std::unique_ptr<Predictor> make_path_predictor(PathModel model, const device::Card& card,
                                               std::optional<PathModel> energy = std::nullopt);
Result<std::unique_ptr<Predictor>> load_path_predictor(const nlohmann::json& saved, const device::Card& card);

}  // namespace forecost::predictor
