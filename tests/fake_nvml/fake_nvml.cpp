// SPDX-License-Identifier: Apache-2.0
// Stands for libnvidia-ml.so.1: the functions that the sensor calls, with NVML's names and numbers.
#include "tests/fake_nvml/fake_nvml.h"

#include <cmath>

namespace {

forecost::tests::FakeNvml& state() {
  static forecost::tests::FakeNvml fake;
  return fake;
}

double seconds() {
  return state().seconds != nullptr ? state().seconds(state().clock) : 0;
}

struct FieldValue {
  unsigned field;
  unsigned scope;
  long long timestamp;
  long long latency;
  int type;
  int result;
  union {
    double as_double;
    unsigned as_unsigned;
    unsigned long long as_long;
  } value;
};

constexpr int not_supported = 3;

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): NVML's names
extern "C" {

forecost::tests::FakeNvml* fake_nvml() {
  return &state();
}

int nvmlInit_v2() {
  ++state().begun;
  return 0;
}

int nvmlShutdown() {
  --state().begun;
  return 0;
}

const char* nvmlErrorString(int code) {
  return code == 15 ? "GPU is lost" : code == 4 ? "Insufficient Permissions" : "Not Supported";
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = state().gpus;
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** gpu) {
  *gpu = &state();
  return index < state().gpus ? 0 : 6;
}

int nvmlDeviceGetTotalEnergyConsumption(void*, unsigned long long* millijoules) {
  if (state().failure != 0) return state().failure;
  if (!state().has_counter) return not_supported;
  const double updated = std::floor(seconds() / 0.1) * 0.1;
  *millijoules = static_cast<unsigned long long>(5e6 + updated * state().watts * 1e3);
  return 0;
}

int nvmlDeviceGetFieldValues(void*, int count, FieldValue* values) {
  for (int i = 0; i < count; ++i) {
    const bool known = values[i].field == 186 ? state().has_instant : state().has_average;
    values[i].result = state().failure != 0 ? state().failure : known ? 0 : not_supported;
    values[i].type = 1;
    values[i].value.as_unsigned = static_cast<unsigned>(state().watts * 1e3);
  }
  return 0;
}

int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
  *milliwatts = static_cast<unsigned>(state().watts * 1e3);
  return state().failure;
}

int nvmlDeviceGetClockInfo(void*, int kind, unsigned* mhz) {
  *mhz = kind == 1 ? 1980 : 2619;
  return 0;
}

int nvmlDeviceGetTemperature(void*, int, unsigned* celsius) {
  *celsius = 41;
  return 0;
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons) {
  *reasons = 4;
  return 0;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
