// SPDX-License-Identifier: Apache-2.0
/// Files of the data folder beside the project: ../shared/data, or FORECOST_DATA.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace forecost::studies {

/// The file or folder; nothing where it is absent.
std::optional<std::filesystem::path> data_file(const std::string& name);

}  // namespace forecost::studies
