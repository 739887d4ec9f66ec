// SPDX-License-Identifier: Apache-2.0
/// What a network costs with its weights in fewer bits, or as sums of powers of two: counts for hardware that
/// takes them, before any runtime does.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/kernel.h"
#include "forecost/layer/layer.h"

namespace forecost::layer {

/// How a weight is stored and multiplied.
struct WeightFormat {
  std::string_view name;
  int bits = 32;   ///< per weight
  int shifts = 0;  ///< 0: a product; k: weights are +-(2^a + 2^b + ...) of k terms, so k shifts and additions
  std::string_view source;
};

/// float32, float16, int8, int4, int2, lightnn1, lightnn2. LightNN-k (Ding et al., "LightNN:
/// filling the gap between conventional deep neural networks and binarized networks", GLSVLSI 2017) has a
/// sign and three bits of exponent per term here.
const std::vector<WeightFormat>& weight_formats();
/// Fails: `not_found`, the hint lists them.
Result<const WeightFormat*> find_weight_format(std::string_view name);

/// A format for all layers, and others for some.
struct WeightPlan {
  const WeightFormat* all = nullptr;                               ///< null: as the file says
  std::map<std::string, const WeightFormat*, std::less<>> layers;  ///< by name
};

struct WeightedWork {
  Bytes weights;               ///< every constant once; learned matrices and kernels in their format
  Operations multiplications;  ///< of multiply-accumulates
  Operations shifts;
  Operations additions;         ///< of multiply-accumulates, sums of shifted terms included
  Operations others;            ///< everything else
  std::vector<Bytes> by_layer;  ///< of `weights`, each at the first layer that reads it
};

/// A format applies to constants of rank 2 or more that a layer with multiply-accumulates reads: weights of
/// convolutions and matrix products, not biases and scales. A weight that layers of different formats share
/// takes the wider one. Products of two activations stay products. Linear in the number of layers.
WeightedWork work_with(const LayeredNetwork& network, const WeightPlan& plan);

/// Kernels with multiply-accumulates and a constant input get the format of their layers, the widest where
/// these differ. Devices that compute in the network's own types do not care.
void with_formats(const WeightPlan& plan, std::vector<Kernel>& kernels);

}  // namespace forecost::layer
