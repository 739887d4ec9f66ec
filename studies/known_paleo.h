// SPDX-License-Identifier: Apache-2.0
/// What the authors' Paleo says of every layer of six networks on two GPUs (GEMM only, percent of peak 1).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/predictor/paleo_model.h"

namespace forecost::studies {

struct PaleoRow {
  std::string net, layer, type, device, direction;
  std::vector<double> in, window, stride, out;  ///< extents, NHWC; windows as height, width, in, out
  predictor::PaleoTime golden;
  bool first = false;  ///< the network's first layer: no gradient of its inputs

  bool forward() const { return direction == "forward"; }
};

/// Fails: as reading the file and its CSV does.
Result<std::vector<PaleoRow>> paleo_rows(const std::filesystem::path& file);
/// What our model says of the same layer.
predictor::PaleoTime paleo_time(const PaleoRow& row);
/// The larger relative error of compute and memory time.
double paleo_error(const PaleoRow& row);

/// Forward times that NeuralPower's paper prints for five of the networks on a TITAN X, milliseconds.
struct PaleoTotal {
  std::string net;
  double printed_ms;
};
const std::vector<PaleoTotal>& paleo_totals();
/// Our sum over the rows of a network, forward on a TITAN X.
double paleo_total_ms(const std::vector<PaleoRow>& rows, const std::string& net);

}  // namespace forecost::studies
