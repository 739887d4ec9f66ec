// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx.proto, messages TensorProto and SparseTensorProto.
#include "forecost/network/reader_tensor.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/network/file_map.h"
#include "forecost/network/reader_values.h"

namespace forecost::network {
namespace {

/// Payloads from this size are given back at once; smaller ones share pages with what is still to be read.
constexpr std::size_t released_bytes = std::size_t{1} << 20;

struct External {
  std::string_view location;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> length;
};

/// What one pass over the message finds; decoding waits until type and extents are known.
struct Draft {
  Tensor tensor;
  std::int64_t type = 0;
  Contents contents;
  bool is_external = false;
  External external;
};

std::optional<std::int64_t> parse_size(std::string_view text) {
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size < 0) return {};
  return size;
}

Status read_external(wire::Message message, External& external, const Place& place) {
  std::string_view key;
  std::string_view value;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 1) key = at.text();
    if (at.field() == 2) value = at.text();
  }
  if (at.defect()) return place.damaged(*at.defect());
  if (key == "location") external.location = value;
  if (key != "offset" && key != "length") return Done{};
  const auto size = parse_size(value);
  if (!size) {
    return place.broken(fmt::format("external data has the {} \"{}\"", key, value),
                        "it must be a whole number of bytes");
  }
  (key == "offset" ? external.offset : external.length) = size;
  return Done{};
}

Result<Draft> read_draft(wire::Message message, const Place& place) {
  Draft draft;
  wire::Cursor at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        at.integers([&draft](std::uint64_t extent) {
          draft.tensor.dims.push_back(static_cast<std::int64_t>(extent));
        });
        break;
      case 2:
        draft.type = at.integer();
        break;
      case 8:
        draft.tensor.name = at.text();
        break;
      case 13: {
        FORECOST_TRY([[maybe_unused]] const Done done, read_external(at.message(), draft.external, place));
        break;
      }
      case 14:
        draft.is_external = at.integer() == 1;
        break;
      default:
        draft.contents.note(at);
    }
  }
  if (at.defect()) return place.damaged(*at.defect());
  return draft;
}

Status check_external(const External& external, Bytes size, const Place& place) {
  if (external.location.empty()) {
    return place.broken("data lies in external data, but no location is given",
                        "save the model again with its data");
  }
  std::string location(external.location);
  std::replace(location.begin(), location.end(), '\\', '/');
  const std::filesystem::path path(location);
  const bool climbs = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (path.is_absolute() || climbs || location.find('\0') != std::string::npos) {
    return place.broken(
        fmt::format("external data at \"{}\" is outside of the model's folder", external.location),
        "only files beside the model or below are read: move the data there and save the model again");
  }
  if (external.length && *external.length != size.value) {
    return place.broken(
        fmt::format("external data has {} bytes, but type and extents need {}", *external.length, size.value),
        "the model or its data is damaged: export it again");
  }
  if (std::int64_t end = 0; __builtin_add_overflow(external.offset.value_or(0), size.value, &end)) {
    return place.broken("external data ends beyond any file", "the model is damaged: export it again");
  }
  return Done{};
}

/// Contents of a small tensor in external data; empty where the file is not there or too short.
std::optional<Values> external_values(const Tensor& tensor, const Place& place) {
  const auto elements = elements_of(tensor.dims);
  if (!place.map || !elements || *elements > Tensor::kept_elements || !holds_values(tensor.element))
    return {};
  std::string location = tensor.external_file;
  std::replace(location.begin(), location.end(), '\\', '/');
  const auto data = FileMap::open(std::filesystem::path(place.source).parent_path() / location);
  if (!data) return {};
  const auto bytes = data->bytes();
  const auto size = static_cast<std::size_t>(tensor.stored.value);
  const auto offset = static_cast<std::size_t>(tensor.external_offset);
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return decode_raw(all.substr(offset, size), tensor.element, *elements);
}

Result<std::int64_t> checked_elements(const Shape& dims, const Place& place) {
  for (const std::int64_t extent : dims) {
    if (extent < 0) {
      return place.broken(fmt::format("a tensor has the negative extent {}", extent),
                          "the extents of a constant are numbers from 0 up: export the model again");
    }
  }
  if (const auto elements = elements_of(dims)) return *elements;
  return place.broken(
      fmt::format("a tensor of extents {} has more elements than can be counted", fmt::join(dims, " x ")),
      "the model is damaged: export it again");
}

Status check_type(std::int64_t type, const Place& place) {
  constexpr auto newest = static_cast<std::int64_t>(ElementType::float6e3m2);
  if (type >= 1 && type <= newest) return Done{};
  if (type == 0) return place.broken("a tensor has no element type", "the model is damaged: export it again");
  Error error = place.broken(fmt::format("a tensor has the unknown element type {}", type),
                             fmt::format("types 1 to {} are known: export with an older ONNX", newest));
  if (type > newest && type < 1000) error.fault = Fault::unsupported;
  return error;
}

}  // namespace

Result<Tensor> read_tensor(wire::Message message, const Place& outer) {
  FORECOST_TRY(Draft draft, read_draft(message, outer));
  const Place place =
      draft.tensor.name.empty() ? outer : outer.within(fmt::format("tensor '{}'", draft.tensor.name));
  FORECOST_TRY([[maybe_unused]] const Done known, check_type(draft.type, place));
  FORECOST_TRY(const std::int64_t elements, checked_elements(draft.tensor.dims, place));
  Tensor& tensor = draft.tensor;
  tensor.element = static_cast<ElementType>(draft.type);
  const auto size = bytes_of(tensor.element, tensor.dims);
  if (!size)
    return place.broken("a tensor has more bytes than can be counted",
                        "the model is damaged: export it again");
  if (draft.is_external) {
    FORECOST_TRY([[maybe_unused]] const Done fits, check_external(draft.external, *size, place));
    tensor.external_file = draft.external.location;
    tensor.external_offset = draft.external.offset.value_or(0);
    tensor.stored = *size;
    tensor.values = external_values(tensor, place);
    return std::move(tensor);
  }
  if (const std::string problem = draft.contents.mismatch(tensor.element, elements, *size);
      !problem.empty()) {
    return place.broken(
        fmt::format("a tensor of {} [{}] {}", name_of(tensor.element), fmt::join(tensor.dims, ", "), problem),
        "the model is damaged: export it again");
  }
  tensor.stored = draft.contents.stored();
  if (place.map && draft.contents.bulk().size() >= released_bytes) place.map->release(draft.contents.bulk());
  if (elements > Tensor::kept_elements || (elements > 0 && draft.contents.empty())) return std::move(tensor);
  auto values = draft.contents.decode(message, tensor.element, elements);
  if (!values)
    return place.broken("a small tensor holds another number of elements than its extents say",
                        "export the model again");
  if (holds_values(tensor.element)) tensor.values = std::move(*values);
  return std::move(tensor);
}

Result<Tensor> read_sparse_tensor(wire::Message message, const Place& place) {
  Tensor values;
  Tensor indices;
  Tensor dense;
  wire::Cursor at(message);
  while (at.next()) {
    if (at.field() == 3) {
      at.integers(
          [&dense](std::uint64_t extent) { dense.dims.push_back(static_cast<std::int64_t>(extent)); });
    } else if (at.field() <= 2) {
      FORECOST_TRY((at.field() == 1 ? values : indices), read_tensor(at.message(), place));
    }
  }
  if (at.defect()) return place.damaged(*at.defect());
  FORECOST_TRY([[maybe_unused]] const std::int64_t elements, checked_elements(dense.dims, place));
  if (values.element == ElementType::undefined) {
    return place.broken("a sparse tensor has no values", "the model is damaged: export it again");
  }
  if (!bytes_of(values.element, dense.dims)) {
    return place.broken("a sparse tensor has more bytes than can be counted",
                        "the model is damaged: export it again");
  }
  dense.name = values.name;
  dense.element = values.element;
  dense.stored = values.stored + indices.stored;
  return dense;
}

}  // namespace forecost::network
