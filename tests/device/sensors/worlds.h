// SPDX-License-Identifier: Apache-2.0
/// For every sensor a machine that draws a known power.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/device/fake_system.h"

namespace forecost::device::worlds {

struct World {
  FakeSystem system;
  std::string sensor;  ///< for open_sensor()
  double watts = 20;   ///< all the time
  std::function<void()> vanish;
  std::function<void()> forbid;  ///< empty: it has no rights of its own
};

/// Nothing for a sensor without a world.
std::unique_ptr<World> world_of(std::string_view sensor);

/// Adds a powercap zone whose counter draws `watts`, is updated every millisecond and wraps after `range`
/// joules.
void add_zone(FakeSystem& system, const std::string& zone, const std::string& name, double watts,
              double range = 50);
/// Adds channel `i` of an INA3221.
void add_rail(FakeSystem& system, const std::string& chip, int i, const std::string& label, double watts);

}  // namespace forecost::device::worlds
