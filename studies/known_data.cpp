// SPDX-License-Identifier: Apache-2.0
#include "known_data.h"

#include <algorithm>
#include <limits>

#include "forecost/device/system.h"
#include "forecost/measurement/import.h"

namespace forecost::studies {

Result<std::vector<measurement::Table>> data_tables(const std::filesystem::path& file,
                                                    const std::string& map_name) {
  const auto system = device::this_machine();
  const auto map_file =
      std::filesystem::path(FORECOST_SOURCE_DIR) / "studies" / "maps" / (map_name + ".toml");
  FORECOST_TRY(const std::string map_text, system->read_text(map_file));
  FORECOST_TRY(const measurement::ImportMap map,
               measurement::parse_import_map(map_text, map_file.filename().string()));
  FORECOST_TRY(std::string bytes, system->read_text(file));
  FORECOST_TRY(const std::string text, record::unpacked(std::move(bytes), file.filename().string()));
  FORECOST_TRY(const record::CsvTable csv,
               record::CsvTable::parse(text, file.filename().string(), {.separator = map.separator}));
  FORECOST_TRY(measurement::ImportedRows rows,
               measurement::import_rows(csv, map, 0, std::numeric_limits<std::size_t>::max()));
  std::vector<measurement::Table> tables = measurement::tables_of(map, std::move(rows.rows));
  tables.erase(std::remove_if(tables.begin(), tables.end(),
                              [](const measurement::Table& table) { return table.kernels.empty(); }),
               tables.end());
  return tables;
}

}  // namespace forecost::studies
