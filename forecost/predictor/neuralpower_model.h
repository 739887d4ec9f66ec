// SPDX-License-Identifier: Apache-2.0
/// NeuralPower: a sparse polynomial of runtime and, where energy was measured, one of power per layer type;
/// Lasso on milliseconds and watts, its penalty of least 10-fold cross-validated error.
///
///   network: T = sum T_n,   P = sum P_n T_n / T,   E = T P = sum P_n T_n
///
/// after Cai, Juan, Stamoulis, Marculescu: NeuralPower, ACML 2017, with the released code's feature sets
/// (neuralpower_terms.h), solver, training rows (convolutions with more than one output row, dense layers
/// below 100 ms) and clamp (0.105 ms).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "forecost/predictor/family.h"

namespace forecost::predictor {

/// What the Lasso makes least.
enum class Loss {
  absolute,  ///< squared error, as published: slow layers decide
  relative   ///< squared error over the square of what was measured; predictions stay within the measured
             ///< times
};

struct NeuralPowerOptions {
  std::string_view family;
  Loss loss = Loss::relative;
};

/// Fails: `bad_input` without a row. O(folds * penalties * sweeps * terms^2) per type: seconds.
Result<std::unique_ptr<Predictor>> fit_neuralpower(const measurement::Table& table,
                                                   const NeuralPowerOptions& wanted,
                                                   const FitOptions& options);
Result<std::unique_ptr<Predictor>> load_neuralpower(const nlohmann::json& saved, const device::Card& card,
                                                    const NeuralPowerOptions& wanted);

/// Time, mean power and energy of kernels that run one after the other.
struct PowerTotal {
  Seconds time;
  Watts power;
  Joules energy;
};
/// Empty where a kernel's power is not known.
std::optional<PowerTotal> add_up(std::span<const KernelForecast> forecasts);

/// NeuralPower's energy-precision ratio, error^alpha x energy per image: less is better; alpha weighs
/// accuracy.
double energy_precision_ratio(double error, Joules energy_per_image, double alpha);

}  // namespace forecost::predictor
