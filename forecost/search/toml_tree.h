// SPDX-License-Identifier: Apache-2.0
/// Trees of TOML files, as study files are read; the reader is that of the stage record.
#pragma once

#include "forecost/record/toml_tree.h"

namespace forecost::search {

using record::parse_toml;
using record::Place;
using record::TableReader;
using record::to_string;
using record::TomlNode;

}  // namespace forecost::search
