// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto.
#include "forecost/network/writer_model.h"

#include <algorithm>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include "forecost/network/writer_payload.h"

namespace forecost::network {
namespace {

using protozero::pbf_writer;

constexpr std::int64_t newest_ir = 10;
constexpr std::int64_t default_ir = 8;
/// Field numbers of GraphProto.initializer and TensorProto.raw_data, as tags of length-delimited fields.
constexpr std::uint32_t initializer_tag = 5U << 3 | 2;
constexpr std::uint32_t raw_data_tag = 9U << 3 | 2;
constexpr std::uint32_t graph_tag = 7U << 3 | 2;

Status check_size(std::uint64_t size, const std::string& where) {
  if (size < (std::uint64_t{1} << 32)) return Done{};
  return Error{
      Fault::unsupported,
      fmt::format("the model would be {} in one file", to_text(Bytes(static_cast<std::int64_t>(size)))),
      where, "4 GiB is the most (runtimes read 2 GiB): write it hollow, or build a smaller network"};
}

void begin_field(std::string& bytes, std::uint32_t tag, std::uint64_t length) {
  protozero::write_varint(std::back_inserter(bytes), tag);
  protozero::write_varint(std::back_inserter(bytes), length);
}

/// Serialises graphs; tensors of the main graph come out as parts of their own.
class Serialiser {
 public:
  explicit Serialiser(Payload payload) : payload_(payload) {}

  Result<std::vector<Part>> main_graph(const Graph& graph) {
    std::vector<Part> parts(1);
    for (const Tensor& tensor : graph.initializers) {
      FORECOST_TRY(Part part, head_of(tensor));
      const std::uint64_t size = size_of(part);
      std::string framed;
      begin_field(framed, initializer_tag, size);
      part.bytes.insert(0, framed);
      parts.push_back(std::move(part));
    }
    FORECOST_TRY(parts.front().bytes, frame_of(graph));
    return parts;
  }

 private:
  /// TensorProto up to its payload. `tensor` is set when the payload has to follow.
  Result<Part> head_of(const Tensor& tensor) const {
    const auto bad = [&tensor](std::string what, std::string hint) {
      return Error{Fault::bad_input, std::move(what), fmt::format("tensor '{}'", tensor.name),
                   std::move(hint)};
    };
    const auto size = bytes_of(tensor.element, tensor.dims);
    if (!size) return bad("a tensor's size cannot be counted", "give it smaller, positive extents");
    const std::int64_t elements = *elements_of(tensor.dims);
    if (tensor.values && std::visit([](const auto& list) { return list.size(); }, *tensor.values) !=
                             static_cast<std::size_t>(elements)) {
      return bad("a tensor has another number of values than its extents say",
                 "give it one value per element");
    }
    Part part;
    pbf_writer head(part.bytes);
    head.add_packed_int64(1, tensor.dims.begin(), tensor.dims.end());
    head.add_int32(2, static_cast<std::int32_t>(tensor.element));
    if (!tensor.name.empty()) head.add_string(8, tensor.name);
    if (!tensor.external_file.empty()) {
      add_entry(head, "location", tensor.external_file);
      add_entry(head, "offset", std::to_string(tensor.external_offset));
      add_entry(head, "length", std::to_string(size->value));
      head.add_enum(14, 1);
      return part;
    }
    if (elements == 0) return part;
    const bool small = elements <= Tensor::kept_elements;
    if (payload_ == Payload::hollow && (!small || !has_contents(tensor))) return part;
    if (!has_contents(tensor)) {
      return bad("a tensor has no contents to write",
                 "give it values or a fill, write it hollow, or copy the original file");
    }
    begin_field(part.bytes, raw_data_tag, static_cast<std::uint64_t>(size->value));
    part.tensor = &tensor;
    return part;
  }

  /// A whole TensorProto in memory.
  Result<std::string> whole(const Tensor& tensor) const {
    FORECOST_TRY(Part part, head_of(tensor));
    if (!part.tensor) return std::move(part.bytes);
    FORECOST_TRY([[maybe_unused]] const Done fits,
                 check_size(size_of(part), fmt::format("tensor '{}'", tensor.name)));
    FORECOST_TRY([[maybe_unused]] const Done done,
                 write_payload(tensor, [&part](std::string_view bytes) -> Status {
                   part.bytes += bytes;
                   return Done{};
                 }));
    return std::move(part.bytes);
  }

  static void add_entry(pbf_writer& message, const std::string& key, const std::string& value) {
    pbf_writer entry(message, 13);
    entry.add_string(1, key);
    entry.add_string(2, value);
  }

  /// GraphProto without initializers.
  Result<std::string> frame_of(const Graph& graph) const {
    std::string bytes;
    pbf_writer message(bytes);
    for (const Node& node : graph.nodes) {
      FORECOST_TRY(const std::string part, node_of(node));
      message.add_message(1, part);
    }
    if (!graph.name.empty()) message.add_string(2, graph.name);
    add_infos(message, 11, graph.inputs);
    add_infos(message, 12, graph.outputs);
    add_infos(message, 13, graph.annotations);
    return bytes;
  }

  Result<std::string> subgraph(const Graph& graph) const {
    FORECOST_TRY(std::string bytes, frame_of(graph));
    for (const Tensor& tensor : graph.initializers) {
      FORECOST_TRY(const std::string part, whole(tensor));
      FORECOST_TRY([[maybe_unused]] const Done fits,
                   check_size(bytes.size() + part.size(), fmt::format("graph '{}'", graph.name)));
      pbf_writer(bytes).add_message(5, part);
    }
    return bytes;
  }

  Result<std::string> node_of(const Node& node) const {
    std::string bytes;
    pbf_writer message(bytes);
    for (const std::string& input : node.inputs) message.add_string(1, input);
    for (const std::string& output : node.outputs) message.add_string(2, output);
    if (!node.name.empty()) message.add_string(3, node.name);
    message.add_string(4, node.op);
    for (const auto& [name, value] : node.attributes) {
      FORECOST_TRY(const std::string part, attribute_of(name, value));
      FORECOST_TRY([[maybe_unused]] const Done fits,
                   check_size(bytes.size() + part.size(), fmt::format("node '{}'", node.name)));
      message.add_message(5, part);
    }
    if (!node.domain.empty()) message.add_string(7, node.domain);
    return bytes;
  }

  Result<std::string> attribute_of(const std::string& name, const Attribute& value) const {
    std::string bytes;
    pbf_writer message(bytes);
    message.add_string(1, name);
    std::int32_t type = 0;
    if (const auto* real = std::get_if<double>(&value)) {
      message.add_float(2, static_cast<float>(*real));
      type = 1;
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      message.add_int64(3, *integer);
      type = 2;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      message.add_bytes(4, *text);
      type = 3;
    } else if (const auto* tensor = std::get_if<Tensor>(&value)) {
      FORECOST_TRY(const std::string part, whole(*tensor));
      message.add_message(5, part);
      type = 4;
    } else if (const auto* graph = std::get_if<std::shared_ptr<const Graph>>(&value)) {
      FORECOST_EXPECTS(*graph != nullptr, "a graph attribute holds a graph");
      FORECOST_TRY(const std::string part, subgraph(**graph));
      message.add_message(6, part);
      type = 5;
    } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
      for (const double each : *reals) message.add_float(7, static_cast<float>(each));
      type = 6;
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
      for (const std::int64_t each : *integers) message.add_int64(8, each);
      type = 7;
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
      for (const std::string& each : *texts) message.add_bytes(9, each);
      type = 8;
    }
    message.add_enum(20, type);
    return bytes;
  }

  // pbf_writer drops a nested message that stays empty, but an empty shape is a scalar and an empty dimension
  // is an unknown extent: these are made as strings.
  static std::string shape_of(const std::vector<Dimension>& dims) {
    std::string bytes;
    pbf_writer shape(bytes);
    for (const Dimension& dimension : dims) {
      std::string part;
      if (dimension.extent) {
        pbf_writer(part).add_int64(1, *dimension.extent);
      } else if (!dimension.symbol.empty()) {
        pbf_writer(part).add_string(2, dimension.symbol);
      }
      shape.add_message(1, part);
    }
    return bytes;
  }

  static void add_infos(pbf_writer& graph, protozero::pbf_tag_type field,
                        const std::vector<ValueInfo>& infos) {
    for (const ValueInfo& info : infos) {
      pbf_writer message(graph, field);
      message.add_string(1, info.name);
      if (info.element == ElementType::undefined && !info.dims) continue;
      pbf_writer type(message, 2);
      pbf_writer tensor(type, 1);
      tensor.add_int32(1, static_cast<std::int32_t>(info.element));
      if (info.dims) tensor.add_message(2, shape_of(*info.dims));
    }
  }

  Payload payload_;
};

}  // namespace

std::uint64_t size_of(const Part& part) {
  const Bytes payload =
      part.tensor ? bytes_of(part.tensor->element, part.tensor->dims).value_or(Bytes(0)) : Bytes(0);
  return part.bytes.size() + static_cast<std::uint64_t>(payload.value);
}

Result<std::vector<Part>> lay_out(const Network& network, Payload payload) {
  FORECOST_TRY(std::vector<Part> parts, Serialiser(payload).main_graph(network.graph));
  std::uint64_t graph_size = 0;
  for (const Part& part : parts) graph_size += size_of(part);
  FORECOST_TRY([[maybe_unused]] const Done fits, check_size(graph_size, network.source));
  Part head;
  pbf_writer model(head.bytes);
  model.add_int64(1, network.ir_version == 0 ? default_ir : std::min(network.ir_version, newest_ir));
  model.add_string(2, network.producer.empty() ? "forecost" : network.producer);
  for (const auto& [domain, version] : network.opsets) {
    pbf_writer opset(model, 8);
    opset.add_string(1, domain);
    opset.add_int64(2, version);
  }
  begin_field(head.bytes, graph_tag, graph_size);
  parts.insert(parts.begin(), std::move(head));
  return parts;
}

}  // namespace forecost::network
