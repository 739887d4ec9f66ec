// SPDX-License-Identifier: Apache-2.0
/// A machine made of maps: files, variables and a clock that moves one step each time it is read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "forecost/device/system.h"

namespace forecost::device {

class FakeSystem final : public System {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;
  std::vector<int> cores{0, 1};
  Seconds step = from_milliseconds(1);

  Seconds now() const override { return time_ += step; }
  Seconds thread_cpu_time() const override { return time_; }
  Seconds process_cpu_time() const override { return time_; }
  std::int64_t unix_time() const override { return 1'700'000'000; }
  std::optional<CpuTimes> cpu_times() const override { return std::nullopt; }
  std::optional<double> frequency_mhz(int) const override { return std::nullopt; }
  std::int64_t involuntary_switches() const override { return 0; }
  Bytes resident_peak() const override { return Bytes(0); }
  Status reset_resident_peak() const override { return Done{}; }
  Bytes resident_now() const override { return Bytes(0); }
  Result<std::string> read_text(const std::filesystem::path& file) const override {
    const auto found = files.find(file.string());
    if (found == files.end()) return Error{Fault::not_found, "no such file", file.string(), "check the path"};
    return found->second;
  }
  std::optional<std::string> environment(const std::string& name) const override {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<int> allowed_cores() const override { return cores; }

 private:
  mutable Seconds time_;
};

}  // namespace forecost::device
