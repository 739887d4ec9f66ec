// SPDX-License-Identifier: Apache-2.0
/// Operators as plain loops in double precision: what the numbers should be, at any speed. For checking
/// runners. Each follows the definition in the ONNX operator specification; what it leaves out is refused by
/// name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device::reference {

/// A tensor with its contents, row-major; integers are exact up to 2^53.
struct Dense {
  network::Shape shape;
  std::vector<double> values;
};

/// One execution of a node. Absent optional inputs are null.
struct Call {
  const network::Node& node;
  std::vector<const Dense*> inputs;
  std::int64_t opset = 0;  ///< of ai.onnx
};

/// Gives the node's first output. Fails: `bad_input` for shapes that contradict each other, `unsupported` for
/// attributes that the loops leave out.
using Operator = Result<Dense> (*)(const Call& call);

/// The loops of an ai.onnx operator; null when there are none.
Operator find_operator(std::string_view op);

// By kind, for the table of find_operator.
Result<Dense> convolution(const Call& call);     ///< Conv on N x C x H x W
Result<Dense> max_pool(const Call& call);        ///< MaxPool on N x C x H x W
Result<Dense> average_pool(const Call& call);    ///< AveragePool on N x C x H x W
Result<Dense> global_average(const Call& call);  ///< GlobalAveragePool
Result<Dense> gemm(const Call& call);
Result<Dense> matmul(const Call& call);
Result<Dense> unary(const Call& call);   ///< Relu, Sigmoid, Tanh, Identity
Result<Dense> clip(const Call& call);    ///< bounds from attributes (opset < 11) or inputs
Result<Dense> binary(const Call& call);  ///< Add, Sub, Mul, Div with broadcasting
Result<Dense> batch_normalization(const Call& call);
Result<Dense> softmax(const Call& call);
Result<Dense> reshape(const Call& call);
Result<Dense> flatten(const Call& call);
Result<Dense> transpose(const Call& call);
Result<Dense> concat(const Call& call);

// Shared by the loops.
Result<Dense> sized(network::Shape shape, const Call& call);   ///< zeros; refuses absurd sizes
Error refused(const Call& call, std::string_view what);        ///< `unsupported`
Error contradictory(const Call& call, std::string_view what);  ///< `bad_input`
/// Input `index`, which must be there. `rank` 0: any.
Result<const Dense*> operand(const Call& call, std::size_t index, std::size_t rank);

}  // namespace forecost::device::reference
