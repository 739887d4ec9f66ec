// SPDX-License-Identifier: Apache-2.0
/// How the columns of a foreign CSV file become measured kernels: operator, shapes, units, devices, rows to
/// leave out (docs/formats/import-map.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/device/device.h"
#include "forecost/outcome/outcome.h"
#include "forecost/record/toml_tree.h"

namespace forecost::measurement {

/// A text of the map and where it stands there, for errors that show only when the columns are known.
struct MapText {
  std::string text;
  record::Place place;
};

/// A quantity as a formula over columns, and what one of its unit is in seconds, joules or watts.
struct MappedQuantity {
  MapText formula;
  double unit = 1;
};

/// An attribute of the operator: one formula, several, or a text as it stands.
struct MappedAttribute {
  std::string key;
  std::vector<MapText> formulas;
  bool list = false;
  std::string text;
};

struct MappedLayer {
  MapText op;                                ///< "Conv"; an operator of ai.onnx that Forecost has rules for
  std::string path;                          ///< "{column}" stands for the cell; empty: the operator
  std::string activation;                    ///< likewise; what was fused
  std::vector<std::vector<MapText>> inputs;  ///< extents; an input with an extent of 0 is absent
  std::vector<std::size_t> weights;          ///< inputs that are constant
  std::vector<MappedAttribute> attributes;
};

/// Rows that are left out: where a formula is not 0 or not a number, or by the text of one column.
struct DropRule {
  std::optional<MapText> when;
  MapText column;
  std::vector<std::string> is;
  std::vector<std::string> is_not;
  std::string why;
};

/// A device of the file with its data sheet.
struct MappedDevice {
  std::string is;  ///< text in the device column
  device::Card card;
};

struct ImportMap {
  std::string name;
  std::string source;
  std::string licence;
  char separator = ',';
  std::map<std::string, std::vector<std::string>>
      split;                             ///< a column that holds a list -> names of its parts
  std::optional<MapText> device_column;  ///< none: every row is of the only device
  std::vector<MappedDevice> devices;
  MappedLayer layer;
  MappedQuantity time;
  std::optional<MappedQuantity> energy;
  std::optional<MappedQuantity> power;
  std::vector<MapText>
      group;  ///< columns; rows alike in all of them form one group. Empty: the configuration
  std::vector<DropRule> drops;
};

/// Fails: `bad_input` with line and column for bad TOML, unknown or missing keys, units, operators.
Result<ImportMap> parse_import_map(std::string_view text, const std::string& name);

}  // namespace forecost::measurement
