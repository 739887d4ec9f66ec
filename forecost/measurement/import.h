// SPDX-License-Identifier: Apache-2.0
/// Measurements that others made, from a CSV file into the store: each row becomes a kernel whose cost our
/// own rules count, so that every predictor family can be fitted to it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/measurement/import_map.h"
#include "forecost/measurement/store.h"
#include "forecost/record/csv_table.h"

namespace forecost::measurement {

/// One row of the file as a measured kernel of one of the map's devices.
struct ImportedRow {
  std::size_t device = 0;  ///< index into ImportMap::devices
  layer::Kernel kernel;    ///< named "line 12"
  Seconds time;
  Origin origin;
};

struct Dropped {
  std::string why;
  std::int64_t rows = 0;
};

struct ImportedRows {
  std::vector<ImportedRow> rows;
  std::vector<Dropped> dropped;  ///< one per rule of the map, in its order
};

/// Rows [begin, end) of the table. A row is first held against the rules that drop it, then must be sound.
/// Fails: `bad_input` with line and column: a column that the map names and the file lacks, a needed cell
/// that is no finite number, an extent that is no whole number, a time that is not positive, a device that
/// the map does not describe, shapes that the operator refuses. O(rows).
Result<ImportedRows> import_rows(const record::CsvTable& csv, const ImportMap& map, std::size_t begin,
                                 std::size_t end);

/// The rows as tables, one per device of the map, without a store between.
std::vector<Table> tables_of(const ImportMap& map, std::vector<ImportedRow> rows);

/// What was read, kept beside the rows.
struct ImportSource {
  std::string file;
  std::int64_t bytes = 0;
  std::uint32_t checksum = 0;  ///< CRC-32 of the file as it is on disk
  std::string map_file;
  std::string map_text;
};

struct ImportSummary {
  std::int64_t rows = 0;                         ///< in the file
  std::map<std::string, std::int64_t> imported;  ///< rows by device, those of an earlier import included
  std::int64_t known = 0;                        ///< rows that an earlier import of this file had stored
  std::vector<Dropped> dropped;
};

/// Everything into the store, 500 rows a transaction, under the kind "imported". The same file with the same
/// map is not counted twice: what an earlier, perhaps interrupted, import stored is passed over.
/// Fails: as import_rows (the chunks before the faulty row are kept) and as the store does.
Result<ImportSummary> import_into(Store& store, const record::CsvTable& csv, const ImportMap& map,
                                  const ImportSource& source, Provenance provenance);

}  // namespace forecost::measurement
