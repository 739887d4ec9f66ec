// SPDX-License-Identifier: Apache-2.0
#include "eager/contents.h"

#include <cstring>
#include <string_view>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "forecost/network/writer_payload.h"
#include "trainer/constant.h"
#include "trainer/op.h"

namespace forecost::eager {
namespace {

at::ScalarType stored_type(network::ElementType element) {
  switch (element) {
    case network::ElementType::float32:
      return at::kFloat;
    case network::ElementType::float64:
      return at::kDouble;
    case network::ElementType::float16:
      return at::kHalf;
    case network::ElementType::bfloat16:
      return at::kBFloat16;
    case network::ElementType::int64:
      return at::kLong;
    case network::ElementType::int32:
      return at::kInt;
    case network::ElementType::int16:
      return at::kShort;
    case network::ElementType::int8:
      return at::kChar;
    case network::ElementType::uint8:
      return at::kByte;
    case network::ElementType::boolean:
      return at::kBool;
    default:
      throw trainer::Untrainable(fmt::format("tensors of {}", network::name_of(element)));
  }
}

}  // namespace

at::Tensor from_bytes(network::ElementType element, const network::Shape& shape,
                      std::span<const std::byte> bytes) {
  const at::Tensor tensor = at::empty(shape, at::TensorOptions(stored_type(element)));
  if (tensor.nbytes() != bytes.size()) throw trainer::Untrainable("a tensor of another size than its shape");
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor.to(trainer::number_type(element));
}

at::Tensor contents(const network::Tensor& tensor, const trainer::Start& start, std::uint64_t seed) {
  if (network::has_contents(tensor)) {
    std::vector<std::byte> bytes;
    const Status written = network::write_payload(tensor, [&bytes](std::string_view piece) -> Status {
      const auto* first = reinterpret_cast<const std::byte*>(piece.data());
      bytes.insert(bytes.end(), first, first + piece.size());
      return Done{};
    });
    if (!written) throw trainer::Untrainable(to_string(written.error()));
    return from_bytes(tensor.element, tensor.dims, bytes);
  }
  const at::ScalarType type = trainer::number_type(tensor.element);
  if (start.deviation > 0) {
    const at::Generator dice = at::make_generator<at::CPUGeneratorImpl>(seed);
    return at::empty(tensor.dims, at::kFloat).normal_(0, start.deviation, dice);
  }
  return at::full(tensor.dims, start.value, at::TensorOptions(type));
}

}  // namespace forecost::eager
