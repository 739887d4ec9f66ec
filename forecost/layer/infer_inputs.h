// SPDX-License-Identifier: Apache-2.0
/// Shapes of a graph's inputs once its symbols have sizes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "forecost/layer/layer.h"

namespace forecost::layer {

/// What a Binding makes of the inputs of a graph.
struct BoundInputs {
  std::vector<TensorFact> facts;  ///< in the order of Graph::inputs
  std::map<std::string, std::int64_t, std::less<>> symbols;
  std::int64_t batch = 1;                     ///< first extent of the first input that has a batch
  std::optional<std::int64_t> written_batch;  ///< what the file said, where the binding says otherwise
  std::vector<Warning> warnings;

  /// Extents of an annotation under the same symbols and batch; empty when one stays unknown.
  std::optional<Shape> shape_of(const network::ValueInfo& value) const;
};

/// A symbol takes, in this order: its size in `binding.symbols`; `binding.batch` when it stands first in an
/// input; 1 when it stands first and has no name or that of a batch ("batch_size", "N", "unk__0").
/// `binding.batch` also replaces a first extent that the file fixes, on inputs of rank >= 2.
/// Fails: `bad_input` naming the symbol and the option that sets it; on sizes below 1 and inputs without a
/// shape.
Result<BoundInputs> bind_inputs(const network::Graph& graph, const Binding& binding);

}  // namespace forecost::layer
