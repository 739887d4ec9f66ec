// SPDX-License-Identifier: Apache-2.0
/// The feature sets of NeuralPower (Cai, Juan, Stamoulis, Marculescu, ACML 2017) as its released code builds
/// them (model_training/*.m), per layer type and target.
///
///   base, its products of two and, where the degree is 3, of three; then special terms
///                   base                                        runtime            power
///   convolution     batch out_h out_w kernel_w c_in c_out in_h  degree 3, 127      base and log2, degree 2,
///   127 dense           rows c_out 1 1 c_in                         degree 2, 21       base and log2, degree
///   2, 65 pool            batch out_h out_w channels kernel_h in_h    degree 3, 86       base and log2,
///   degree 2, 93 concat          batch h w c_out c1 ... c6                   degree 1, 15       degree 2, 70
///   other           operations, bytes                           degree 1, 2        degree 1, 2
///
/// `other` is ours: the authors released no trainer for what is left.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/kernel.h"

namespace forecost::predictor {

enum class LayerType { convolution, dense, pool, concat, other };
inline constexpr std::array layer_types = {LayerType::convolution, LayerType::dense, LayerType::pool,
                                           LayerType::concat, LayerType::other};
std::string_view name_of(LayerType type);
LayerType layer_type_of(const layer::Kernel& kernel);

enum class PolynomialTarget { runtime, power };

/// Values of the terms, without the constant. The kernel must be of that type. O(terms).
std::vector<double> neuralpower_terms(const layer::Kernel& kernel, LayerType type, PolynomialTarget target);
/// Their names, in the same order: "batch * out_h * c_out", "log2(c_in) * kernel_w", "macs".
std::vector<std::string> neuralpower_term_names(LayerType type, PolynomialTarget target);

}  // namespace forecost::predictor
