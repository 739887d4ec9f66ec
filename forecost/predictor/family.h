// SPDX-License-Identifier: Apache-2.0
/// A family turns measurements into a predictor of kernel times. One file in families/, one line in
/// families.txt, one test; the contract tests run on every entry.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/device/device.h"
#include "forecost/layer/kernel.h"
#include "forecost/measurement/table.h"
#include "forecost/outcome/outcome.h"

namespace forecost::predictor {

/// What sets a kernel's pace.
enum class Bound { compute, memory, overhead };
std::string_view name_of(Bound bound);

/// The forecast of one kernel. low <= time <= high, all > 0.
struct KernelForecast {
  Seconds time;
  Seconds low;  ///< 90 % interval of this kernel alone
  Seconds high;
  Bound bound = Bound::compute;
  bool outside = false;  ///< beyond the range of what was measured on its path, or a path never measured
  std::optional<Watts> power = {};  ///< while it runs, idle included; where the family learned it
};

/// A network's total. Kernels' errors are partly shared, so its interval is not the sum of theirs.
struct TotalForecast {
  Seconds time;  ///< kernels + per-node and per-run overhead
  Seconds low;
  Seconds high;
};

/// A network's energy, of one run, idle power included.
struct EnergyForecast {
  Joules energy;
  Joules low;  ///< 90 % interval; low == high: how far off it may be is not known
  Joules high;
};

/// One term of a predictor that people can read: coefficient x term, in the unit of the target.
struct ReadableTerm {
  std::string part;    ///< kernels that it is for: "convolution"
  std::string target;  ///< "runtime_ms", "power_w"
  std::string term;    ///< "batch * out_h * kernel_w", "1" for the constant
  double coefficient = 0;
};

/// A share of a network's energy: what the registers, the buffer, ... of an accelerator take.
struct EnergyPart {
  std::string name;
  Joules energy;
};

/// Kernels turned into numbers once; opaque to all but the predictor that made it.
class Compiled {
 public:
  virtual ~Compiled() = default;
};

class Predictor {
 public:
  virtual ~Predictor() = default;
  virtual std::string_view family() const = 0;
  virtual const device::Card& card() const = 0;
  /// Everything that depends on the kernels alone is done here.
  virtual std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const = 0;
  /// Forecasts in the order of the kernels compiled. Pure, thread-safe, microseconds for a network.
  virtual std::vector<KernelForecast> predict(const Compiled& compiled) const = 0;
  /// The network's total only: the fast way for searches.
  virtual TotalForecast predict_total(const Compiled& compiled) const = 0;
  /// The network's energy; nothing where the power of a kernel is not known. By default the kernels' mean
  /// power for as long as the network takes, without an interval.
  virtual std::optional<EnergyForecast> predict_energy(const Compiled& compiled) const;
  /// Where the power of its forecasts comes from, in few words for people: "energy table", "fitted power".
  virtual std::string energy_source() const { return "fitted power"; }
  /// The network's energy by where it goes; empty where the family does not know.
  virtual std::vector<EnergyPart> energy_parts(const Compiled& /*compiled*/) const { return {}; }
  /// What a reader of the forecasts must know.
  virtual std::vector<Warning> warnings(std::span<const layer::Kernel> /*kernels*/) const { return {}; }
  /// Its terms, where it is a sum of few that mean something; empty for all others.
  virtual std::vector<ReadableTerm> terms() const { return {}; }
  /// What all its times are multiplied with since the calibration, see pace.h.
  virtual double pace() const { return 1; }
  /// Content of a saved predictor; Family::load reads it back and predicts the same bits.
  virtual nlohmann::json save() const = 0;
};

/// The kernels' mean power for as long as the network takes, without an interval; nothing where the power of
/// a kernel is not known.
std::optional<EnergyForecast> energy_of_kernels(const Predictor& predictor, const Compiled& compiled);

struct FitOptions {
  std::uint64_t seed = 1;
};

struct Family {
  std::string_view name;
  int format = 1;  ///< of the saved form; raised when it changes
  std::string_view summary;
  std::string_view source;  ///< paper or page
  bool needs_measurements = true;
  /// Fails: `bad_input` when the table has too few rows for the family (says how many it needs).
  Result<std::unique_ptr<Predictor>> (*fit)(const measurement::Table& table,
                                            const FitOptions& options) = nullptr;
  Result<std::unique_ptr<Predictor>> (*load)(const nlohmann::json& saved, const device::Card& card) = nullptr;
};

/// Every family, in the order of families.txt; the first is the default.
const std::vector<Family>& family_list();
const Family* find_family(std::string_view name);

}  // namespace forecost::predictor
