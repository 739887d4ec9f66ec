// SPDX-License-Identifier: Apache-2.0
// NchwcTransformerImpl::TransformResize of ONNX Runtime.
#include <algorithm>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {

bool can_upsample_blocked(const Rewrite& graph, NodeId id) {
  const network::Node& node = graph.node(id);
  const std::string mode = node.string_or("mode", "nearest");
  const std::string where = node.string_or("coordinate_transformation_mode", "half_pixel");
  if (node.op == "Resize" && graph.opset() >= 11) {
    if (mode == "nearest" &&
        (where != "asymmetric" || node.string_or("nearest_mode", "round_prefer_floor") != "floor")) {
      return false;
    }
    if (mode == "linear" && where != "asymmetric" && where != "align_corners" && where != "half_pixel")
      return false;
  }
  if (mode != "nearest" && mode != "linear") return false;
  const Shape& from = *graph.shape(graph.input(id, 0));
  const Shape& to = *graph.shape(graph.output(id));
  if (from.size() != 4 || to.size() != 4 || from[0] != to[0] || from[1] != to[1]) return false;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].empty() && !graph.is_constant(node.inputs[i])) return false;
  }
  return from[2] > 0 && from[3] > 0 && to[2] % from[2] == 0 && to[3] % from[3] == 0;
}

}  // namespace forecost::layer::onnxruntime_rules
