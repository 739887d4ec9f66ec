// SPDX-License-Identifier: Apache-2.0
/// A piece of work whose speed is known, to tell a disturbed or throttled machine from a quiet one.
#pragma once

#include "forecost/device/system.h"

namespace forecost::device {

/// Arithmetic operations per second of the calling thread in about 2 ms of register-only multiply-adds.
/// Compare with the best value seen: within 4 % of it the machine was undisturbed, less means that the core
/// was taken away, shared or slowed down meanwhile.
double canary_rate(const System& system);

}  // namespace forecost::device
