// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto, message ModelProto.
#include "forecost/network/reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "forecost/network/file_map.h"
#include "forecost/network/reader_graph.h"
#include "forecost/network/reader_place.h"

namespace forecost::network {
namespace {

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view what;
  std::string_view hint;
};

/// Files that people take for ONNX models, by their first bytes.
constexpr std::array<Signature, 12> signatures{{
    {0, "version https://git-lfs", "a Git LFS pointer, not the model itself",
     "fetch the model: git lfs pull"},
    {0, "PK\x03\x04", "a ZIP archive (a PyTorch checkpoint?), not an ONNX model",
     "export it: torch.onnx.export(...)"},
    {0, "\x1F\x8B", "a gzip archive, not an ONNX model", "unpack it first: gunzip"},
    {0, "\x89HDF", "an HDF5 file (Keras?), not an ONNX model", "convert it to ONNX: tf2onnx"},
    {4, "TFL3", "a TensorFlow Lite model, not an ONNX model", "convert it to ONNX: tf2onnx --tflite"},
    {4, "ORTM", "a model in ONNX Runtime's own format", "give the .onnx file it was made from"},
    {0, "\x80\x02", "a Python pickle (a PyTorch checkpoint?), not an ONNX model",
     "export it: torch.onnx.export(...)"},
    {0, "\x80\x04", "a Python pickle, not an ONNX model", "export it: torch.onnx.export(...)"},
    {0,
     "\x7F"
     "ELF",
     "a program, not an ONNX model", "name a .onnx file"},
    {0, "<!DOCTYPE", "a web page, not an ONNX model", "the download went wrong: fetch the file itself"},
    {0, "<html", "a web page, not an ONNX model", "the download went wrong: fetch the file itself"},
    {0, "GGUF", "a GGUF model, not an ONNX model", "export the original network to ONNX"},
}};

bool is_text(std::string_view head) {
  const auto printable = [](unsigned char c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t'; };
  return wire::is_utf8(head) && std::all_of(head.begin(), head.end(), printable);
}

/// Why this is no ONNX file, judged by its beginning alone; `otherwise` if that tells nothing.
Error explain(std::string_view model, const Place& place, Error otherwise) {
  for (const Signature& known : signatures) {
    if (model.size() > known.offset && model.substr(known.offset, known.bytes.size()) == known.bytes) {
      return place.broken(std::string(known.what), std::string(known.hint));
    }
  }
  std::string_view head = model.substr(0, 256);
  if (is_text(head))
    return place.broken("a text file, not an ONNX model", "name a .onnx file, which is binary");
  return otherwise;
}

/// ModelProto: everything but the contents of graph and functions.
struct Draft {
  Network network;
  std::optional<wire::Message> graph;
  Functions functions;
};

Result<Draft> read_model(wire::Message message, const Place& place) {
  Draft draft;
  Network& network = draft.network;
  wire::Cursor at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        network.ir_version = at.integer();
        break;
      case 2:
        network.producer = at.text();
        break;
      case 7:
        if (draft.graph)
          return place.broken("the model has two graphs", "the file is damaged: export it again");
        draft.graph = at.message();
        break;
      case 8: {
        FORECOST_TRY(auto opset, read_opset(at.message(), place));
        network.opsets.insert(std::move(opset));
        break;
      }
      case 25: {
        FORECOST_TRY(Function function, read_function(at.message(), place));
        const std::string key = function_key(function.domain, function.name, function.overload);
        network.functions.push_back(key);
        if (draft.functions.emplace(key, std::move(function)).second) break;
        return place.broken(fmt::format("function {} is defined twice", key), "export the model again");
      }
      default:
        break;
    }
  }
  if (at.defect()) return place.damaged(*at.defect());
  if (!draft.graph || !draft.graph->origin) {
    return place.broken("not an ONNX model: it holds no graph", "name a .onnx file that holds a model");
  }
  if (network.ir_version < 1 || network.ir_version > 1000) {
    return place.broken(fmt::format("not an ONNX model: its IR version is {}", network.ir_version),
                        "export the model again");
  }
  return draft;
}

Result<Network> read_network(std::string_view model, const Place& place) {
  FORECOST_TRY(Draft draft, read_model({model, model.data()}, place));
  Network& network = draft.network;
  if (network.ir_version < 3 && network.opsets.empty()) network.opsets[""] = 1;
  for (const auto& [key, function] : draft.functions) {
    for (const auto& opset : function.opsets) network.opsets.insert(opset);
  }
  GraphReader reader(place, draft.functions);
  FORECOST_TRY(network.graph, reader.read(*draft.graph));
  network.subgraphs = reader.subgraphs();
  if (network.graph.nodes.empty() && network.graph.outputs.empty()) {
    return place.broken("the model's graph is empty", "export the network again");
  }
  return std::move(network);
}

Result<Network> read_bytes(std::span<const std::byte> model, std::string source, const FileMap* map) {
  const Place place{source, {}, map};
  if (model.empty()) return place.broken("the file is empty", "copy or export the model again");
  const std::string_view bytes(reinterpret_cast<const char*>(model.data()), model.size());
  auto network = read_network(bytes, place);
  if (!network) return explain(bytes, place, std::move(network).error());
  network->source = std::move(source);
  return network;
}

}  // namespace

Result<Network> read(const std::filesystem::path& file) {
  FORECOST_TRY(const FileMap map, FileMap::open(file));
  return read_bytes(map.bytes(), file.string(), &map);
}

Result<Network> read(std::span<const std::byte> model, std::string source) {
  return read_bytes(model, std::move(source), nullptr);
}

}  // namespace forecost::network
