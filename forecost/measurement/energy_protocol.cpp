// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/energy_protocol.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "forecost/measurement/energy_recorder.h"
#include "forecost/numeric/random.h"
#include "forecost/numeric/statistics.h"

namespace forecost::measurement {
namespace {

constexpr Seconds nap = from_milliseconds(20);  // short enough for any counter that wraps

/// What the windows of one load gave with one sensor.
struct Tally {
  std::vector<double> joules;  ///< of one run, by window
  std::vector<double> watts;
  std::vector<double> own_errors;  ///< relative, from the sensor alone
  std::vector<double> parts;       ///< joules, sum over windows
  double length = 0;
  std::int64_t runs = 0;

  /// Of the mean, relative: the scatter of the windows, at least what the sensor itself adds.
  double standard_error() const {
    const auto n = static_cast<double>(joules.size());
    const double mean = numeric::mean(joules);
    double squares = 0;
    for (const double one : joules) squares += (one - mean) * (one - mean);
    const double scatter = joules.size() > 1 && mean > 0 ? std::sqrt(squares / (n - 1)) / mean : 0;
    return std::max(scatter, numeric::mean(own_errors)) / std::sqrt(n);
  }
};

struct Loaded {
  const Load* load = nullptr;
  std::optional<Error> failed;
  Seconds window;
  std::vector<WindowNoise> noises;  ///< by sensor
  std::vector<Tally> tallies;       ///< by sensor
  std::vector<std::map<std::string, double>> conditions;
  int windows = 0;
};

class Measuring {
 public:
  Measuring(const EnergyBench& bench, std::span<const Load> loads, const EnergyProtocol& protocol)
      : bench_(bench), protocol_(protocol), recorder_(bench.system, bench.sensors) {
    for (const Load& load : loads) {
      loads_.push_back({.load = &load});
      loads_.back().tallies.resize(bench.sensors.size());
      loads_.back().conditions.resize(bench.sensors.size());
    }
  }

  std::vector<EnergyBySensor> measure() {
    if (loads_.empty()) return {};
    recorder_.mark(loads_.front().load->run);
    idle_before_ = idle();
    for (Loaded& loaded : loads_) prepare(loaded);
    for (bool busy = true; busy;) {
      busy = false;
      for (Loaded& loaded : loads_) busy = one_window(loaded) || busy;
    }
    idle_after_ = idle();
    std::vector<EnergyBySensor> results;
    for (const Loaded& loaded : loads_) {
      EnergyBySensor by_sensor;
      for (std::size_t s = 0; s < bench_.sensors.size(); ++s) by_sensor.push_back(result(loaded, s));
      compare(by_sensor);
      results.push_back(std::move(by_sensor));
    }
    return results;
  }

 private:
  /// Watts by sensor; of a dead one 0.
  std::vector<double> idle() {
    std::vector<double> watts(bench_.sensors.size(), 0);
    if (bench_.stop() || !recorder_.any_alive()) return watts;
    bench_.system.sleep(recorder_.slowest());  // what is averaged forgets the load
    const auto rest = [this]() -> Status {
      bench_.system.sleep(nap);
      return Done{};
    };
    const Result<Window> window = recorder_.record(rest, protocol_.idle);
    for (std::size_t s = 0; s < watts.size() && window; ++s) {
      if (window->energies[s]) watts[s] = window->energies[s]->energy.value / window->length.value;
    }
    return watts;
  }

  /// A window of the load, run so long before that a sensor that averages shows it alone.
  Result<Window> warm_window(const Load& load, Seconds warmup, Seconds length) {
    const Seconds start = bench_.system.now();
    do {
      FORECOST_TRY([[maybe_unused]] const Done ran, load.run());
    } while (bench_.system.now() - start < warmup);
    return recorder_.record(load.run, length);
  }

  /// Warms up, and finds how long windows must be.
  void prepare(Loaded& loaded) {
    if (bench_.stop() || !recorder_.any_alive()) return;
    const Seconds pilot = std::max(protocol_.least_window, recorder_.slowest() * 4);
    const Result<Window> window = warm_window(*loaded.load, protocol_.warmup + recorder_.slowest(), pilot);
    if (!window) {
      loaded.failed = window.error();
      return;
    }
    loaded.window = protocol_.least_window;
    for (std::size_t s = 0; s < bench_.sensors.size(); ++s) {
      const Watched& watched = recorder_.watched()[s];
      WindowNoise noise{.period = watched.period(), .took = watched.probe.overhead};
      if (const auto& energy = window->energies[s]; energy) {
        noise.power = Watts(energy->energy.value / window->length.value);
        noise.noise = energy->noise;
        loaded.window = std::max(loaded.window, window_for(watched.sensor->facts(), noise, protocol_.target));
      }
      loaded.noises.push_back(noise);
    }
    loaded.window = std::min(loaded.window, protocol_.longest_window);
  }

  bool settled(const Loaded& loaded) {
    if (loaded.windows >= protocol_.most_windows) return true;
    if (loaded.windows < protocol_.windows) return false;
    for (std::size_t s = 0; s < bench_.sensors.size(); ++s) {
      const Tally& tally = loaded.tallies[s];
      if (recorder_.watched()[s].dead || tally.joules.empty()) continue;
      if (tally.standard_error() > protocol_.target) return false;
    }
    return true;
  }

  /// False when the load needs no more.
  bool one_window(Loaded& loaded) {
    if (loaded.failed || loaded.noises.empty() || settled(loaded) || !recorder_.any_alive()) return false;
    if (bench_.stop()) {
      if (loaded.windows < protocol_.windows) {
        loaded.failed =
            Error{Fault::interrupted, "measuring energy was stopped", loaded.load->name, "measure again"};
      }
      return false;
    }
    bench_.system.sleep(recorder_.slowest() * random_.uniform());
    const Result<Window> window = warm_window(*loaded.load, recorder_.slowest(), loaded.window);
    if (!window) {
      loaded.failed = window.error();
      return false;
    }
    ++loaded.windows;
    for (std::size_t s = 0; s < bench_.sensors.size(); ++s) {
      if (window->energies[s]) add(*window, s, loaded);
    }
    return true;
  }

  void add(const Window& window, std::size_t s, Loaded& loaded) {
    const WindowEnergy& energy = *window.energies[s];
    const device::SensorFacts& facts = bench_.sensors[s]->facts();
    Tally& tally = loaded.tallies[s];
    const auto runs = static_cast<double>(window.runs);
    tally.joules.push_back(energy.energy.value / runs);
    tally.watts.push_back(energy.energy.value / window.length.value);
    WindowNoise noise = loaded.noises[s];
    noise.power = Watts(tally.watts.back());
    noise.noise = energy.noise;
    tally.own_errors.push_back(window_error(facts, noise, window.length));
    tally.parts.resize(energy.parts.size(), 0);
    for (std::size_t c = 0; c < energy.parts.size(); ++c) tally.parts[c] += energy.parts[c];
    tally.length += window.length.value;
    tally.runs += window.runs;
    loaded.conditions[s] = bench_.sensors[s]->conditions();
  }

  Result<Energy> result(const Loaded& loaded, std::size_t s) {
    const Watched& watched = recorder_.watched()[s];
    if (loaded.failed) return *loaded.failed;
    if (watched.dead) return *watched.dead;
    const Tally& tally = loaded.tallies[s];
    if (tally.joules.empty()) {
      return Error{Fault::interrupted, "measuring energy was stopped", loaded.load->name, "measure again"};
    }
    const device::SensorFacts& facts = watched.sensor->facts();
    Energy energy{.sensor = facts.name, .scope = facts.scope};
    const auto runs = static_cast<double>(tally.runs);
    const double seconds = tally.length / runs;  // of one run
    energy.total = Joules(numeric::mean(tally.joules));
    energy.power = Watts(numeric::mean(tally.watts));
    energy.idle_before = Watts(idle_before_[s]);
    energy.idle_after = Watts(idle_after_[s] > 0 ? idle_after_[s] : idle_before_[s]);
    energy.above_idle = energy.total - Joules(energy.idle().value * seconds);
    energy.standard_error = tally.standard_error();
    const double drift = (energy.idle_after - energy.idle_before).value / 2 * seconds;
    energy.above_idle_error = Joules(std::hypot(energy.standard_error * energy.total.value, drift));
    energy.window = Seconds(tally.length / static_cast<double>(tally.joules.size()));
    energy.runs = tally.runs;
    energy.window_joules = tally.joules;
    for (std::size_t c = 0; c < tally.parts.size(); ++c) {
      energy.channels[facts.channels[c].name] = tally.parts[c] / runs;
    }
    energy.conditions = loaded.conditions[s];
    return energy;
  }

  /// Sensors of one scope watched the same windows: they ought to agree.
  static void compare(EnergyBySensor& by_sensor) {
    for (std::size_t s = 0; s < by_sensor.size(); ++s) {
      for (std::size_t first = 0; first < s && by_sensor[s]; ++first) {
        const bool overlap = by_sensor[first] && by_sensor[first]->scope == by_sensor[s]->scope;
        if (!overlap || by_sensor[first]->total.value <= 0) continue;
        by_sensor[s]->disagreement = by_sensor[s]->total / by_sensor[first]->total - 1;
        break;
      }
    }
  }

  const EnergyBench& bench_;
  const EnergyProtocol& protocol_;
  EnergyRecorder recorder_;
  std::vector<Loaded> loads_;
  std::vector<double> idle_before_, idle_after_;
  numeric::Random random_{1};
};

}  // namespace

std::vector<EnergyBySensor> measure_energy(const EnergyBench& bench, std::span<const Load> loads,
                                           const EnergyProtocol& protocol) {
  return Measuring(bench, loads, protocol).measure();
}

Result<Load> load_of(const Bench& bench, const Item& item) {
  device::Model model{.file = item.file, .bytes = item.bytes, .symbols = item.binding.symbols};
  model.batch = item.binding.batch.value_or(1);
  FORECOST_TRY(std::shared_ptr<device::Session> session,
               bench.runner.open(model, {.settings = bench.settings}));
  return Load{item.name, [session] { return session->run(); }};
}

}  // namespace forecost::measurement
