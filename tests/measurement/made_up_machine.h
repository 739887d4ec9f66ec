// SPDX-License-Identifier: Apache-2.0
/// A machine whose clock moves when it is told to, and a little whenever it is read.
#pragma once

#include <string>
#include <vector>

#include "forecost/device/system.h"

namespace forecost::measurement::made_up {

class Machine final : public device::System {
 public:
  /// How far the clock moves at each reading. The canary counts what it gets done between two readings, so
  /// a longer step is a slower machine.
  Seconds step = from_microseconds(100);
  int cores = 2;
  bool tells_times = true;

  /// Time goes by while this process computes on one core.
  void work(Seconds time) {
    time_ += time;
    own_ += time;
    times_.busy += time.value;
  }
  void use_by_others(double seconds) { times_.busy += seconds; }
  void steal(double seconds) { times_.steal += seconds; }

  Seconds now() const override { return time_ += step; }
  Seconds thread_cpu_time() const override { return own_; }
  Seconds process_cpu_time() const override { return own_; }
  std::int64_t unix_time() const override { return 1'700'000'000; }
  std::optional<device::CpuTimes> cpu_times() const override {
    return tells_times ? std::optional(times_) : std::nullopt;
  }
  std::optional<double> frequency_mhz(int) const override { return std::nullopt; }
  std::int64_t involuntary_switches() const override { return 0; }
  Bytes resident_peak() const override { return Bytes(0); }
  Status reset_resident_peak() const override { return Done{}; }
  Bytes resident_now() const override { return Bytes(0); }
  Result<std::string> read_text(const std::filesystem::path& file) const override {
    return Error{Fault::not_found, "no such file", file.string(), "there is none on this machine"};
  }
  std::optional<std::string> environment(const std::string&) const override { return std::nullopt; }
  std::vector<int> allowed_cores() const override {
    std::vector<int> all;
    for (int core = 0; core < cores; ++core) all.push_back(core);
    return all;
  }

 private:
  mutable Seconds time_;
  Seconds own_;
  device::CpuTimes times_;
};

}  // namespace forecost::measurement::made_up
