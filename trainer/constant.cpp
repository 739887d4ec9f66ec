// SPDX-License-Identifier: Apache-2.0
#include "trainer/constant.h"

#include <fmt/format.h>

#include "trainer/op.h"

namespace forecost::trainer {

at::ScalarType number_type(network::ElementType element) {
  switch (element) {
    case network::ElementType::float32:
    case network::ElementType::float64:
    case network::ElementType::float16:
    case network::ElementType::bfloat16:
      return at::kFloat;
    case network::ElementType::boolean:
      return at::kBool;
    default:
      return at::kLong;
  }
}

at::Tensor tensor_of(const network::Tensor& tensor) {
  const at::ScalarType type = number_type(tensor.element);
  if (tensor.values) {
    const at::Tensor flat = std::visit([](const auto& values) { return at::tensor(values); }, *tensor.values);
    return flat.to(type).reshape(tensor.dims);
  }
  if (tensor.fill.kind == network::Fill::Kind::constant) {
    return at::full(tensor.dims, tensor.fill.value, at::TensorOptions(type));
  }
  throw Untrainable(
      fmt::format("the contents of constant '{}' are not in the file or too many", tensor.name));
}

}  // namespace forecost::trainer
