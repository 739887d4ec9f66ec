// SPDX-License-Identifier: Apache-2.0
/// A network as its ONNX file states it: nodes, tensors, attributes. No shape is inferred here, no weight is
/// copied.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "forecost/quantity/quantity.h"

namespace forecost::network {

/// ONNX TensorProto.DataType, with its numbers (they are on disk: do not change).
enum class ElementType : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
  uint4 = 21,
  int4 = 22,
  float4e2m1 = 23,
  float8e8m0 = 24,
  uint2 = 25,
  int2 = 26,
  float6e2m3 = 27,
  float6e3m2 = 28
};

/// Bits per element; 0 for undefined and string.
int bits_of(ElementType type);
std::string_view name_of(ElementType type);

/// Extents of a fully known tensor; a scalar has none.
using Shape = std::vector<std::int64_t>;

/// Number of elements. Empty when the product exceeds 2^62 or an extent is negative.
std::optional<std::int64_t> elements_of(const Shape& shape);
/// Size of a dense tensor, sub-byte types packed. Empty as above.
std::optional<Bytes> bytes_of(ElementType type, const Shape& shape);

/// One dimension of a declared type: a number, a symbol ("batch"), or neither.
struct Dimension {
  std::optional<std::int64_t> extent;
  std::string symbol;
};

/// A graph input, output or annotated intermediate. `dims` is empty when the file gives no shape.
struct ValueInfo {
  std::string name;
  ElementType element = ElementType::undefined;  ///< undefined for sequences, maps and optionals
  std::optional<std::vector<Dimension>> dims;
};

/// Contents of a small tensor, kept so that shapes can be computed: integers and booleans, or reals.
using Values = std::variant<std::vector<std::int64_t>, std::vector<double>>;

/// How a tensor that is still to be written gets its contents; the reader leaves it at `stored`.
struct Fill {
  enum class Kind { stored, constant, normal } kind = Kind::stored;
  double value = 0;        ///< constant: the value; normal: the standard deviation
  std::uint64_t seed = 0;  ///< normal only
};

/// A constant tensor. Its payload stays in the file; `values` holds it only up to `kept_elements`.
struct Tensor {
  static constexpr std::int64_t kept_elements = 4096;

  std::string name;
  ElementType element = ElementType::undefined;
  Shape dims;
  std::optional<Values> values;
  Bytes stored{0};            ///< bytes of payload in this file or in external data
  std::string external_file;  ///< relative to the model; empty for inline payload
  std::int64_t external_offset = 0;
  Fill fill;
};

struct Graph;

/// A node's attribute. Subgraphs (If, Loop, Scan bodies) are kept whole.
using Attribute =
    std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                 std::vector<std::string>, Tensor, std::shared_ptr<const Graph>>;

struct Node {
  std::string name;                  ///< as written; may be empty or repeated
  std::string op;                    ///< "Conv"
  std::string domain;                ///< "" for ai.onnx
  std::vector<std::string> inputs;   ///< "" marks an absent optional input
  std::vector<std::string> outputs;  ///< likewise
  std::map<std::string, Attribute, std::less<>> attributes;

  /// The attribute if it is there and has that type.
  template <typename T>
  const T* attribute(std::string_view key) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
  }
  std::int64_t int_or(std::string_view key, std::int64_t other) const;
  double real_or(std::string_view key, double other) const;
  std::string string_or(std::string_view key, const std::string& other) const;
  std::vector<std::int64_t> ints_or(std::string_view key, const std::vector<std::int64_t>& other) const;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;  ///< topologically sorted (the reader checks)
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs;  ///< without those that are initializers
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> annotations;  ///< value_info
};

/// A whole ONNX model.
struct Network {
  std::string source;  ///< file it was read from, or what built it
  std::string producer;
  std::int64_t ir_version = 0;
  std::map<std::string, std::int64_t, std::less<>> opsets;  ///< domain -> version; "" is ai.onnx
  Graph graph;
  std::vector<std::string>
      functions;               ///< names of model-local functions ("domain:name"), inlined by the reader
  std::int64_t subgraphs = 0;  ///< graphs inside attributes, counted through all levels

  /// Opset of a domain, 0 when the model does not import it.
  std::int64_t opset(std::string_view domain) const;
};

}  // namespace forecost::network
