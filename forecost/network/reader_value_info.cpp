// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto, messages ValueInfoProto, TypeProto, TensorShapeProto.
#include "forecost/network/reader_value_info.h"

#include <algorithm>

#include <fmt/format.h>

namespace forecost::network {
namespace {

using Dimensions = std::vector<Dimension>;

Result<Dimension> read_dimension(wire::Message message, const Place& place) {
  Dimension dimension;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 1) dimension.extent = at.integer();
    if (at.field() == 2) dimension.symbol = at.text();
  }
  if (at.defect()) return place.damaged(*at.defect());
  if (dimension.extent.value_or(0) < 0) {
    return place.broken(fmt::format("a declared shape has the negative extent {}", *dimension.extent),
                        "an extent that is open has a name or nothing in its place: export the model again");
  }
  if (dimension.extent) dimension.symbol.clear();
  return dimension;
}

Result<Dimensions> read_shape(wire::Message message, const Place& place) {
  Dimensions dims;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() != 1) continue;
    FORECOST_TRY(Dimension dimension, read_dimension(at.message(), place));
    dims.push_back(std::move(dimension));
  }
  if (at.defect()) return place.damaged(*at.defect());
  Shape known;
  for (const Dimension& dimension : dims) known.push_back(dimension.extent.value_or(1));
  if (!elements_of(known)) {
    return place.broken("a declared shape has more elements than can be counted",
                        "the model is damaged: export it again");
  }
  return dims;
}

/// TypeProto.Tensor and TypeProto.SparseTensor, which are alike.
Status read_tensor_type(wire::Message message, ValueInfo& info, const Place& place) {
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 1) {
      const std::int64_t type = at.integer();
      const bool known = type > 0 && type <= static_cast<std::int64_t>(ElementType::float6e3m2);
      info.element = known ? static_cast<ElementType>(type) : ElementType::undefined;
    } else if (at.field() == 2) {
      FORECOST_TRY(info.dims, read_shape(at.message(), place));
    }
  }
  if (at.defect()) return place.damaged(*at.defect());
  return Done{};
}

Status read_type(wire::Message message, ValueInfo& info, const Place& place) {
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() != 1 && at.field() != 8) continue;
    FORECOST_TRY([[maybe_unused]] const Done done, read_tensor_type(at.message(), info, place));
  }
  if (at.defect()) return place.damaged(*at.defect());
  return Done{};
}

}  // namespace

Result<ValueInfo> read_value_info(wire::Message message, const Place& outer) {
  ValueInfo info;
  wire::Message type;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 1) info.name = at.text();
    if (at.field() == 2) type = at.message();
  }
  if (at.defect()) return outer.damaged(*at.defect());
  if (!type.origin) return info;
  const Place place = outer.within(fmt::format("value '{}'", info.name));
  FORECOST_TRY([[maybe_unused]] const Done done, read_type(type, info, place));
  return info;
}

}  // namespace forecost::network
