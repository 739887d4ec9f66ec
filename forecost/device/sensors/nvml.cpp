// SPDX-License-Identifier: Apache-2.0
// NVIDIA Management Library, loaded at run time; names and numbers of its API reference. Fields 185 and 186
// tell averaged from instant power; nvmlDeviceGetPowerUsage() means one or the other depending on the chip,
// so that the longer average is assumed: Yang, Adamek, Armour, "Part-time power measurements" (SC 2024).
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

#include "forecost/device/sensor.h"

namespace forecost::device::sensors {
namespace {

using Return = int;
using Handle = void*;
constexpr Return success = 0;
constexpr Return not_supported = 3;
constexpr Return no_permission = 4;
constexpr Return driver_not_loaded = 9;

enum Field : unsigned { average_power = 185, instant_power = 186 };
constexpr int sm_clock = 1;
constexpr int memory_clock = 2;
constexpr int of_unsigned_int = 1;

struct FieldValue {
  unsigned field = 0;
  unsigned scope = 0;
  long long timestamp = 0;
  long long latency = 0;
  int type = 0;
  Return result = 0;
  union {
    double as_double;
    unsigned as_unsigned;
    unsigned long long as_long;
  } value{};
};

constexpr const char* driver_hint =
    "install NVIDIA's driver (the package nvidia-driver), then try nvidia-smi";

struct Library {
  std::string file;
  void* handle = nullptr;

  template <typename Function>
  Function* find(const char* name) const {
    return reinterpret_cast<Function*>(dlsym(handle, name));
  }
  std::string text_of(Return code) const {
    auto* text = find<const char*(Return)>("nvmlErrorString");
    return text != nullptr ? text(code) : fmt::format("code {}", code);
  }
  Status check(Return code) const {
    if (code == success) return Done{};
    const std::string what = fmt::format("NVML says: {}", text_of(code));
    if (code == no_permission) {
      return Error{Fault::permission, what, file, "sudo usermod -aG video $USER, then log in again"};
    }
    if (code == driver_not_loaded) return Error{Fault::not_found, what, file, "sudo modprobe nvidia"};
    return Error{Fault::failed, what, file, "see what nvidia-smi says"};
  }
  /// Calls a function that a library may lack.
  template <typename... Arguments>
  Return call(const char* name, Arguments... arguments) const {
    auto* function = find<Return(Arguments...)>(name);
    return function != nullptr ? function(arguments...) : not_supported;
  }
};

/// Ends NVML with its owner; NVML counts how often it was begun.
class Begun {
 public:
  explicit Begun(Library library) : library_(std::move(library)) {}
  Begun(Begun&& other) noexcept : library_(std::exchange(other.library_, {})) {}
  Begun& operator=(Begun&&) = delete;
  ~Begun() {
    if (library_.handle != nullptr) library_.call("nvmlShutdown");
  }
  const Library& operator*() const { return library_; }
  const Library* operator->() const { return &library_; }

 private:
  Library library_;
};

Result<Begun> begin(const System& system) {
  const std::string file = system.environment("FORECOST_NVML").value_or("libnvidia-ml.so.1");
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Error{Fault::not_found, "NVIDIA's management library is not there", file, driver_hint};
  }
  Library library{.file = file, .handle = handle};
  if (library.find<void>("nvmlInit_v2") == nullptr) {
    return Error{Fault::failed, "the library has no nvmlInit_v2: it is not NVML", file, driver_hint};
  }
  FORECOST_TRY([[maybe_unused]] const Done begun, library.check(library.call("nvmlInit_v2")));
  return Begun(std::move(library));
}

/// How a power is asked for.
enum class Source { energy, instant, average, usage };

Return field(const Library& library, Handle gpu, Field wanted, double& watts) {
  FieldValue value{.field = wanted};
  const Return code = library.call("nvmlDeviceGetFieldValues", gpu, 1, &value);
  if (code != success) return code;
  if (value.result == success) {
    watts = 1e-3 * (value.type == of_unsigned_int ? value.value.as_unsigned
                                                  : static_cast<double>(value.value.as_long));
  }
  return value.result;
}

/// Joules since the driver was loaded, or watts.
Return value_of(const Library& library, Handle gpu, Source source, double& value) {
  switch (source) {
    case Source::energy: {
      unsigned long long millijoules = 0;
      const Return code = library.call("nvmlDeviceGetTotalEnergyConsumption", gpu, &millijoules);
      value = static_cast<double>(millijoules) * 1e-3;
      return code;
    }
    case Source::instant:
      return field(library, gpu, instant_power, value);
    case Source::average:
      return field(library, gpu, average_power, value);
    case Source::usage: {
      unsigned milliwatts = 0;
      const Return code = library.call("nvmlDeviceGetPowerUsage", gpu, &milliwatts);
      value = milliwatts * 1e-3;
      return code;
    }
  }
  return not_supported;
}

class Nvml final : public Sensor {
 public:
  Nvml(const System& system, Begun library, Handle gpu, Source source, double start)
      : system_(system), library_(std::move(library)), gpu_(gpu), source_(source), start_(start) {}

  SensorFacts& known() { return facts_; }
  const SensorFacts& facts() const override { return facts_; }

  Result<Reading> read() override {
    double value = 0;
    const Seconds begin = system_.now();
    FORECOST_TRY([[maybe_unused]] const Done good,
                 library_->check(value_of(*library_, gpu_, source_, value)));
    const Seconds took = system_.now() - begin;
    const double total = value - start_;
    if (source_ == Source::energy && total < last_) {
      return Error{Fault::failed, "the energy counter fell: the driver was loaded anew", library_->file,
                   "measure again"};
    }
    last_ = total;
    return Reading{.time = begin + took * 0.5, .took = took, .total = total, .parts = {total}};
  }

  std::map<std::string, double> conditions() override {
    std::map<std::string, double> list;
    unsigned number = 0;
    if (library_->call("nvmlDeviceGetClockInfo", gpu_, sm_clock, &number) == success) {
      list["clock_mhz"] = number;
    }
    if (library_->call("nvmlDeviceGetClockInfo", gpu_, memory_clock, &number) == success) {
      list["memory_clock_mhz"] = number;
    }
    if (library_->call("nvmlDeviceGetTemperature", gpu_, 0, &number) == success) {
      list["temperature_c"] = number;
    }
    unsigned long long reasons = 0;
    if (library_->call("nvmlDeviceGetCurrentClocksThrottleReasons", gpu_, &reasons) == success) {
      list["throttle_reasons"] = static_cast<double>(reasons);
    }
    return list;
  }

 private:
  const System& system_;
  Begun library_;
  Handle gpu_;
  Source source_;
  double start_;
  double last_ = 0;
  SensorFacts facts_;
};

/// "", "power", "1", "1,power".
struct Wanted {
  unsigned gpu = 0;
  bool power = false;
};

Result<Wanted> wanted_in(std::string_view argument) {
  Wanted wanted;
  const char* end = argument.data() + argument.size();
  const auto number = std::from_chars(argument.data(), end, wanted.gpu);
  std::string_view rest = argument;
  if (number.ec == std::errc()) rest.remove_prefix(static_cast<std::size_t>(number.ptr - argument.data()));
  if (number.ec == std::errc() && rest.starts_with(',')) rest.remove_prefix(1);
  wanted.power = rest == "power";
  if (rest.empty() || wanted.power) return wanted;
  return Error{Fault::bad_input, fmt::format("'{}' names no GPU", argument), "",
               "write nvml, nvml:power, nvml:1 or nvml:1,power"};
}

Result<std::unique_ptr<Sensor>> open(const System& system, const std::string& argument) {
  FORECOST_TRY(const Wanted wanted, wanted_in(argument));
  FORECOST_TRY(Begun library, begin(system));
  unsigned count = 0;
  FORECOST_TRY([[maybe_unused]] const Done counted,
               library->check(library->call("nvmlDeviceGetCount_v2", &count)));
  if (wanted.gpu >= count) {
    return Error{Fault::not_found, fmt::format("there are {} GPUs, no GPU {}", count, wanted.gpu),
                 library->file, count == 0 ? driver_hint : "write nvml, or a number that nvidia-smi shows"};
  }
  Handle gpu = nullptr;
  FORECOST_TRY([[maybe_unused]] const Done held,
               library->check(library->call("nvmlDeviceGetHandleByIndex_v2", wanted.gpu, &gpu)));
  Return last = not_supported;
  for (const Source source : {Source::energy, Source::instant, Source::average, Source::usage}) {
    const bool counter = source == Source::energy;
    if (counter && wanted.power) continue;
    double start = 0;
    last = value_of(*library, gpu, source, start);
    if (last != success) continue;
    auto sensor = std::make_unique<Nvml>(system, std::move(library), gpu, source, counter ? start : 0);
    SensorFacts& facts = sensor->known();
    facts.name = wanted.gpu == 0 ? "nvml" : fmt::format("nvml:{}", wanted.gpu);
    if (!counter) facts.name += wanted.gpu == 0 ? ":power" : ",power";
    facts.reads = counter ? Reads::energy : Reads::power;
    facts.scope = fmt::format("gpu {}", wanted.gpu);
    facts.channels = {{facts.scope, true}};
    facts.resolution = 1e-3;
    facts.period = Seconds(0.1);
    if (source == Source::average || source == Source::usage) facts.averaging = Seconds(1);
    return std::unique_ptr<Sensor>(std::move(sensor));
  }
  return library->check(last).error();
}

}  // namespace

SensorCard nvml() {
  return {.name = "nvml",
          .summary = "energy counter or power samples of an NVIDIA GPU",
          .arguments = {"", "power"},
          .open = open};
}

}  // namespace forecost::device::sensors
