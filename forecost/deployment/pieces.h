// SPDX-License-Identifier: Apache-2.0
/// A network as pieces that may run on different machines, and the tensors that they hand on.
///
/// Layers that one kernel computes, on the edge device or on the server, stay together, as does what a cycle
/// would otherwise tear apart: so both sides run the kernels that were forecast, whatever the cut. What a cut
/// adds (a layout converted before it is sent) is not counted.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "forecost/layer/kernel.h"
#include "forecost/layer/layer.h"
#include "forecost/outcome/outcome.h"
#include "forecost/predictor/family.h"
#include "forecost/quantity/quantity.h"

namespace forecost::deployment {

struct Piece {
  std::vector<std::string> layers;  ///< in execution order; never empty
  Seconds edge;                     ///< on the edge device
  Seconds server;
};

/// A tensor that leaves a piece, or that the network is given.
struct Parcel {
  std::string tensor;
  std::optional<std::size_t> maker;  ///< piece; absent for an input of the network
  std::vector<std::size_t> readers;  ///< pieces other than the maker, each once, rising
  Bytes bytes;                       ///< when sent
  bool output = false;               ///< of the network: must reach the edge device
};

struct PieceGraph {
  std::vector<Piece> pieces;  ///< a reader comes after the maker
  std::vector<Parcel> parcels;
  Seconds edge_run{0};    ///< per inference call, where anything runs on the edge
  Seconds server_run{0};  ///< likewise on the server
};

/// Kernels of one side with their times.
struct TimedKernels {
  layer::LoweredNetwork lowered;
  std::vector<Seconds> times;  ///< one per kernel
  Seconds run{0};              ///< per inference call
};

/// Forecasts as prediction::predict makes them: run is what the total adds to the sum of the kernels.
TimedKernels timed(layer::LoweredNetwork lowered, const predictor::Predictor& predictor);
/// A server that is `factor` times as fast as `edge`, with the same kernels. factor > 0.
TimedKernels scaled(const TimedKernels& edge, double factor);

struct PieceOptions {
  int bits = 0;  ///< per element of a real tensor that is sent, 1 ... 64; 0: as it is
};

/// Both sides are lowerings of `network`. Kernels that compute none of its layers (layout conversions) belong
/// to the piece whose output they read, else to the first one. Fails: `bad_input` for a network without
/// layers to run.
Result<PieceGraph> make_pieces(const layer::LayeredNetwork& network, const TimedKernels& edge,
                               const TimedKernels& server, const PieceOptions& options = {});

}  // namespace forecost::deployment
