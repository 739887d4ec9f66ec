// SPDX-License-Identifier: Apache-2.0
/// ONNX operators as differentiable operations of libtorch.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "forecost/network/network.h"

namespace forecost::trainer {

/// Normalisation and dropout differ between learning and being judged.
enum class Mode { learning, judged };

/// Thrown where an operator cannot be trained as it stands; becomes an Error in TrainableNetwork.
class Untrainable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One node at work. Shapes, axes and the like are integer tensors, as in ONNX.
struct Call {
  const network::Node& node;
  std::vector<at::Tensor> inputs;  ///< undefined where absent
  std::int64_t opset = 17;
  Mode mode = Mode::judged;
  std::int64_t written_batch = 1;  ///< what the file says the batch is
  at::Generator dice;              ///< of dropout

  const at::Tensor& in(std::size_t index) const;  ///< throws Untrainable where it is absent
  bool has(std::size_t index) const { return index < inputs.size() && inputs[index].defined(); }
  /// Whole numbers of an attribute or, where there is none, of an input; `other` where there is neither.
  std::vector<std::int64_t> ints(std::string_view attribute, std::size_t input,
                                 const std::vector<std::int64_t>& other) const;
  /// An axis from the front.
  std::int64_t axis(std::int64_t given) const;
};

using Op = std::vector<at::Tensor> (*)(const Call& call);

struct NamedOp {
  std::string_view name;
  Op op;
};

/// By file: windows (convolutions, pools, normalisations), arithmetic (activations, sums, products), layout,
/// logic (comparisons, choices, orders), sequences (recurrent layers, enlarged images).
const std::vector<NamedOp>& window_ops();
const std::vector<NamedOp>& arithmetic_ops();
const std::vector<NamedOp>& layout_ops();
const std::vector<NamedOp>& logic_ops();
const std::vector<NamedOp>& sequence_ops();

/// nullptr where there is none.
Op find_op(std::string_view name);

/// The elements of an integer tensor.
std::vector<std::int64_t> whole_numbers(const at::Tensor& tensor);

}  // namespace forecost::trainer
