// SPDX-License-Identifier: Apache-2.0
/// The energy of one run of a network, and what it rests on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::measurement {

struct Energy {
  std::string sensor;  ///< "rapl"; "declared" where the user said the powers
  std::string scope;   ///< what the sensor reads: "processor", "gpu 0", "board", "machine"
  bool declared = false;
  Joules total;               ///< of one run, idle power included
  Joules above_idle;          ///< of one run, less idle power x time
  Joules above_idle_error;    ///< one standard error, the drift of idle power included
  double standard_error = 0;  ///< of `total`, relative
  Watts power;                ///< mean while runs follow each other
  Watts idle_before;
  Watts idle_after;
  Seconds window;                          ///< mean length
  std::int64_t runs = 0;                   ///< in all windows
  std::vector<double> window_joules;       ///< of one run, by window
  std::map<std::string, double> channels;  ///< joules of one run
  std::map<std::string, double>
      conditions;                      ///< clocks, temperature, reasons to throttle; after the last window
  std::optional<double> disagreement;  ///< this / the first sensor of the same scope - 1

  /// Of one run, while the energy was measured.
  Seconds run_time() const { return Seconds(power.value > 0 ? total.value / power.value : 0); }
  Watts idle() const { return (idle_before + idle_after) * 0.5; }
};

/// What the user says of a device.
struct DeclaredPower {
  Watts idle;
  Watts active;
};
/// Time x power, marked as declared.
Energy declared_energy(const DeclaredPower& power, Seconds time);

/// All fields, joules and watts, as the store keeps them.
nlohmann::json to_json(const Energy& energy);
/// Fails: `bad_input` when a field is missing or of another kind.
Result<Energy> energy_from_json(const nlohmann::json& json);

}  // namespace forecost::measurement
