// SPDX-License-Identifier: Apache-2.0
// A program of the user's is started for each reading. What it prints last counts, so that it may chat
// before.
#include <string>
#include <utility>

#include <fmt/format.h>

#include "forecost/device/sensor.h"

namespace forecost::device::sensors {
namespace {

constexpr Seconds longest{10};

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  const std::size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

class Command final : public Sensor {
 public:
  Command(const System& system, std::string command) : system_(system), command_(std::move(command)) {
    facts_ = {.name = "command", .reads = Reads::energy, .scope = "machine"};
    facts_.channels = {{"command", true}};
  }

  const SensorFacts& facts() const override { return facts_; }

  Result<Reading> read() override {
    const Seconds begin = system_.now();
    FORECOST_TRY(const std::string text, system_.run_program(command_, longest));
    const Seconds took = system_.now() - begin;
    const std::string line = last_line(text);
    const Result<double> joules = number_in(line, command_);
    if (!joules) {
      return Error{Fault::failed, fmt::format("the program printed '{}' and no joules", line.substr(0, 60)),
                   command_, "its last line must be one number: the joules spent since any fixed moment"};
    }
    if (started_ && *joules < last_) {
      return Error{Fault::failed, fmt::format("its energy fell from {} to {} joules", last_, *joules),
                   command_, "it must print joules since a fixed moment, not those since its last call"};
    }
    if (!started_) first_ = *joules;
    started_ = true;
    last_ = *joules;
    return Reading{
        .time = begin + took * 0.5, .took = took, .total = last_ - first_, .parts = {last_ - first_}};
  }

 private:
  const System& system_;
  std::string command_;
  SensorFacts facts_;
  bool started_ = false;
  double first_ = 0;
  double last_ = 0;
};

Result<std::unique_ptr<Sensor>> open(const System& system, const std::string& argument) {
  if (argument.empty()) {
    return Error{Fault::not_found, "no program was named", "", "--sensor 'command:PROGRAM ARGUMENTS'"};
  }
  auto sensor = std::make_unique<Command>(system, argument);
  FORECOST_TRY([[maybe_unused]] const Reading first, sensor->read());
  return std::unique_ptr<Sensor>(std::move(sensor));
}

}  // namespace

SensorCard command() {
  return {.name = "command", .summary = "any program that prints joules", .arguments = {""}, .open = open};
}

}  // namespace forecost::device::sensors
