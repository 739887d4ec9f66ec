// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/link.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace forecost::deployment {
namespace {

struct Unit {
  std::string_view name;
  double bytes;  ///< per second
};

constexpr std::array<Unit, 11> units{{{"bit/s", 0.125},
                                      {"kbit/s", 125},
                                      {"Mbit/s", 125e3},
                                      {"Gbit/s", 125e6},
                                      {"B/s", 1},
                                      {"kB/s", 1e3},
                                      {"MB/s", 1e6},
                                      {"GB/s", 1e9},
                                      {"KiB/s", 1024},
                                      {"MiB/s", 1048576},
                                      {"GiB/s", 1073741824}}};

double real(Bytes bytes) {
  return static_cast<double>(bytes.value);
}

}  // namespace

Seconds sending_time(const Link& link, Bytes sent) {
  return Seconds(real(sent) / link.up);
}

Seconds receiving_time(const Link& link, Bytes received) {
  return Seconds(real(received) / link.down);
}

Joules radio_energy(const Link& link, Bytes sent, Bytes received) {
  const Seconds wire = sending_time(link, sent) + receiving_time(link, received);
  return Joules((real(sent) + real(received)) * link.radio_energy + wire.value * link.radio_power.value);
}

Joules waiting_energy(const Link& link, Seconds wait) {
  return Joules(wait.value * link.idle_power.value);
}

Result<double> parse_bandwidth(std::string_view text) {
  const Error error{Fault::bad_input, fmt::format("\"{}\" is no bandwidth", text), "",
                    "write a number above 0 and bit/s, B/s or KiB/s with a prefix, as 10 Mbit/s or 2.5 MB/s"};
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return error;
  text.remove_prefix(first);
  double number = 0;
  const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || !std::isfinite(number) || number <= 0) return error;
  std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
  const std::size_t begin = name.find_first_not_of(' ');
  if (begin == std::string_view::npos) return error;
  name = name.substr(begin, name.find_last_not_of(' ') - begin + 1);
  for (const Unit& unit : units) {
    if (unit.name == name) return number * unit.bytes;
  }
  return error;
}

}  // namespace forecost::deployment
