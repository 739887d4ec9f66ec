// SPDX-License-Identifier: Apache-2.0
/// Public measurements beside the project (../shared/data, or FORECOST_DATA), read with the maps of
/// studies/maps.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "forecost/measurement/table.h"
#include "forecost/outcome/outcome.h"
#include "known_files.h"

namespace forecost::studies {

/// One table per device of the map that the file has rows of. Fails as the import does.
Result<std::vector<measurement::Table>> data_tables(const std::filesystem::path& file,
                                                    const std::string& map);

}  // namespace forecost::studies
