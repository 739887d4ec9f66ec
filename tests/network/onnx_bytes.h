// SPDX-License-Identifier: Apache-2.0
/// ONNX models byte by byte, so that a test can break any rule. Field numbers are those of onnx.proto.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/network/reader.h"

namespace forecost::network::test {

/// A protobuf message under construction.
struct Bytes {
  std::string text;

  static std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>((value & 0x7F) | 0x80));
    bytes.push_back(static_cast<char>(value));
    return bytes;
  }
  Bytes& number(std::uint32_t field, std::int64_t value) {
    text += varint(field << 3) + varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Bytes& bytes(std::uint32_t field, std::string_view value) {
    text += varint(field << 3 | 2) + varint(value.size());
    text += value;
    return *this;
  }
  Bytes& part(std::uint32_t field, const Bytes& message) { return bytes(field, message.text); }
};

inline Bytes node(std::string_view op, const std::vector<std::string>& inputs,
                  const std::vector<std::string>& outputs, std::string_view name = {}) {
  Bytes message;
  for (const std::string& input : inputs) message.bytes(1, input);
  for (const std::string& output : outputs) message.bytes(2, output);
  return message.bytes(3, name).bytes(4, op);
}

inline Bytes tensor(std::string_view name, std::int64_t type, const std::vector<std::int64_t>& dims) {
  Bytes message;
  for (const std::int64_t extent : dims) message.number(1, extent);
  return message.number(2, type).bytes(8, name);
}

/// A float input or output with known extents.
inline Bytes info(std::string_view name, const std::vector<std::int64_t>& dims = {}) {
  Bytes shape;
  for (const std::int64_t extent : dims) shape.part(1, Bytes().number(1, extent));
  return Bytes().bytes(1, name).part(2, Bytes().part(1, Bytes().number(1, 1).part(2, shape)));
}

/// Subgraph attribute.
inline Bytes graph_attribute(std::string_view name, const Bytes& graph) {
  return Bytes().bytes(1, name).part(6, graph).number(20, 5);
}

/// IR version 8, opset 17; the graph is the last field.
inline Bytes model(const Bytes& graph, std::int64_t ir = 8) {
  return Bytes().number(1, ir).part(8, Bytes().bytes(1, "").number(2, 17)).part(7, graph);
}

/// x -> Relu -> y.
inline Bytes relu_graph() {
  return Bytes()
      .part(1, node("Relu", {"x"}, {"y"}, "relu"))
      .bytes(2, "g")
      .part(11, info("x", {2}))
      .part(12, info("y", {2}));
}

inline Result<Network> parse(std::string_view bytes) {
  return read(std::as_bytes(std::span<const char>(bytes.data(), bytes.size())), "model.onnx");
}
inline Result<Network> parse(const Bytes& bytes) {
  return parse(bytes.text);
}

/// The error of a model that must not be read.
inline Error refused(const Bytes& bytes) {
  auto network = parse(bytes);
  return network ? Error{Fault::failed, "it was read", "", ""} : std::move(network).error();
}

}  // namespace forecost::network::test
