// SPDX-License-Identifier: Apache-2.0
/// What the constant tensors of a network are for: which are learned, and where they start.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "forecost/network/network.h"

namespace forecost::trainer {

enum class Role {
  constant,  ///< stays as it is
  kernel,    ///< of a convolution or a matrix product: drawn, deviation by its fans
  scale,     ///< of a normalisation, or the slope of PRelu: the file's value where that is one number, else 1
  shift,     ///< a bias: starts at 0
  embedding,  ///< any other learned tensor: normal, deviation 0.02
  mean,       ///< running, of a normalisation: starts at 0
  variance    ///< running: starts at 1
};

struct Start {
  Role role = Role::constant;
  double deviation = 0;  ///< of kernel and embedding
  double value = 0;      ///< of all others
  bool learned() const { return role != Role::constant && role != Role::mean && role != Role::variance; }
};

/// One per initializer. A tensor is learned by where a node takes it (kernel, bias, scale), or by its name
/// (".weight" and ".bias", as the builder and PyTorch write them). Kernels before a rectifier have deviation
/// sqrt(2 / fan_in) (He et al. 2015), all others sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010).
std::map<std::string, Start> starts_of(const network::Graph& graph);

}  // namespace forecost::trainer
