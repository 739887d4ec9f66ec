// SPDX-License-Identifier: Apache-2.0
/// Every measurement in one SQLite file, with provenance (docs/formats/measurements.md has the schema).
/// Each network is one transaction: after a kill at any moment the file holds all networks finished before.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "forecost/measurement/energy.h"
#include "forecost/measurement/table.h"
#include "forecost/outcome/outcome.h"

namespace forecost::measurement {

/// Where an imported kernel comes from.
struct Origin {
  std::string group;             ///< cross-validation group
  std::string cells;             ///< its row: a JSON object, column -> text
  std::optional<Joules> energy;  ///< of one execution, where the row has it
};

/// One network measured, or a part of a foreign file, as it enters the store.
struct Record {
  std::string name;   ///< draw name or file name; unique per device and kind
  std::string kind;   ///< "calibration", "network" or "imported"
  std::string group;  ///< cross-validation group
  std::int64_t batch = 1;
  bool evicted = false;             ///< caches were emptied before each run
  std::vector<double> run_seconds;  ///< every unprofiled run that was kept, in order
  int disturbed_blocks = 0;         ///< blocks thrown away and measured again
  Bytes peak_memory{0};
  std::vector<layer::Kernel> kernels;               ///< in execution order
  std::vector<std::vector<double>> kernel_seconds;  ///< per kernel: every profiled sample, seconds
  std::vector<Origin> origins;                      ///< per kernel of an imported record; else empty
  std::vector<Energy> energies;  ///< of one run, by sensor; what the user declared comes last
};

/// Where and how measurements were taken.
struct Provenance {
  std::int64_t started = 0;  ///< seconds since 1970
  std::string command;
  std::string forecost_version;
  std::string source;  ///< of an import: JSON, see import.h; else empty
};

class Store {
 public:
  /// Opens or creates; a file of an older schema is brought up to date. Fails: `permission`, `exhausted`;
  /// `bad_input` when the file is not ours; `unsupported` when a newer Forecost wrote it.
  static Result<Store> open(const std::filesystem::path& file);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Device by name; a device of that name with another identity is refused (the error says what differs).
  Result<std::int64_t> enter_device(const device::Card& card);
  Status update_card(std::int64_t device, const device::Card& card);
  Result<std::int64_t> begin(std::int64_t device, const Provenance& provenance);
  Status add(std::int64_t device, std::int64_t run, const Record& record);

  /// Names of the records of one kind, so that an interrupted calibration goes on where it stopped.
  Result<std::set<std::string>> names(std::int64_t device, const std::string& kind) const;
  Result<std::vector<Record>> records(std::int64_t device, const std::string& kind) const;
  Result<std::vector<device::Card>> devices() const;
  /// Forgets all measurements of a device.
  Status forget(std::int64_t device);

 private:
  struct Database;
  explicit Store(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace forecost::measurement
