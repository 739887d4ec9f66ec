// SPDX-License-Identifier: Apache-2.0
/// A machine made of maps: files, variables, programs and a clock that moves one step each time it is read.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "forecost/device/system.h"

namespace forecost::device {

class FakeSystem final : public System {
 public:
  using Text = std::function<Result<std::string>(Seconds now)>;

  std::map<std::string, std::string> files;
  std::map<std::string, Text> live;  ///< files whose text depends on the time
  std::set<std::string> forbidden;   ///< files of others
  std::map<std::string, Text> programs;
  std::map<std::string, std::string> variables;
  std::vector<int> cores{0, 1};
  Seconds step = from_milliseconds(1);

  /// Lets time go by; what is repeated runs when it is due.
  void advance(Seconds time) const {
    const Seconds end = time_ + time;
    while (Repeated* next = first_due(end)) {
      time_ = std::max(time_, next->due);
      working_ = true;
      next->work();
      working_ = false;
      next->due = std::max(next->due + next->period, time_);
    }
    time_ = std::max(time_, end);
  }
  Seconds time() const { return time_; }

  Seconds now() const override { return advance(step), time_; }
  Seconds thread_cpu_time() const override { return time_; }
  Seconds process_cpu_time() const override { return time_; }
  std::int64_t unix_time() const override { return 1'700'000'000; }
  Seconds wall_clock() const override { return Seconds(1.7e9) + time_; }
  void sleep(Seconds time) const override { advance(time); }
  std::unique_ptr<Repetition> repeat(Seconds period, std::function<void()> work) const override {
    repeated_.push_back({period, time_ + period, std::move(work)});
    return std::make_unique<Ends>(repeated_, std::prev(repeated_.end()));
  }
  std::optional<CpuTimes> cpu_times() const override { return std::nullopt; }
  std::optional<double> frequency_mhz(int) const override { return std::nullopt; }
  std::int64_t involuntary_switches() const override { return 0; }
  Bytes resident_peak() const override { return Bytes(0); }
  Status reset_resident_peak() const override { return Done{}; }
  Bytes resident_now() const override { return Bytes(0); }
  Result<std::string> read_text(const std::filesystem::path& file) const override {
    if (forbidden.count(file.string()) != 0)
      return Error{Fault::permission, "Permission denied", file.string(), "run as a user who may access it"};
    if (const auto found = live.find(file.string()); found != live.end()) return found->second(time_);
    const auto found = files.find(file.string());
    if (found == files.end()) return Error{Fault::not_found, "no such file", file.string(), "check the path"};
    return found->second;
  }
  Result<std::vector<std::string>> list_folder(const std::filesystem::path& folder) const override {
    std::set<std::string> names;
    const std::string start = folder.string() + "/";
    const auto add = [&](const auto& map) {
      for (const auto& [file, text] : map) {
        if (file.rfind(start, 0) == 0)
          names.insert(file.substr(start.size(), file.find('/', start.size()) - start.size()));
      }
    };
    add(files);
    add(live);
    if (names.empty()) return System::list_folder(folder);
    return std::vector<std::string>(names.begin(), names.end());
  }
  Result<std::string> run_program(const std::string& command, Seconds) const override {
    const auto found = programs.find(command);
    if (found == programs.end())
      return Error{Fault::failed, "the program ended with 127", command, "run it by hand"};
    advance(from_milliseconds(5));
    return found->second(time_);
  }
  std::optional<std::string> environment(const std::string& name) const override {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<int> allowed_cores() const override { return cores; }

 private:
  struct Repeated {
    Seconds period, due;
    std::function<void()> work;
  };
  class Ends final : public Repetition {
   public:
    Ends(std::list<Repeated>& all, std::list<Repeated>::iterator mine) : all_(all), mine_(mine) {}
    ~Ends() override { all_.erase(mine_); }

   private:
    std::list<Repeated>& all_;
    std::list<Repeated>::iterator mine_;
  };

  Repeated* first_due(Seconds end) const {
    Repeated* first = nullptr;
    for (Repeated& one : repeated_) {
      if (!working_ && one.due <= end && (first == nullptr || one.due < first->due)) first = &one;
    }
    return first;
  }

  mutable Seconds time_;
  mutable std::list<Repeated> repeated_;
  mutable bool working_ = false;
};

}  // namespace forecost::device
