// SPDX-License-Identifier: Apache-2.0
/// Names of processes that tell whether the process still lives.
#pragma once

#include <string>

#include "forecost/device/system.h"

namespace forecost::search {

/// "host/boot/pid/start" of this process.
std::string this_owner(const device::System& system);

/// The process certainly ended: it was on the host of `self`, since the same boot or an earlier one, and its
/// number is free or another process's. False where nothing is known, as for owners elsewhere. One file is
/// read where the host is the same. `self`: what this_owner gave.
bool is_gone(const std::string& owner, const std::string& self, const device::System& system);

}  // namespace forecost::search
