// SPDX-License-Identifier: Apache-2.0
/// A described accelerator as a predictor: nothing is fitted, every kernel's time, energy and energy by part
/// follow from the accelerator's card. Its intervals are empty, as no measurement says how far off it is.
#pragma once

#include <memory>

#include "forecost/accelerator/accelerator.h"
#include "forecost/predictor/family.h"

namespace forecost::predictor {

/// Kernels are those of the rules in layer/runtimes/array.cpp. Mapping happens in `compile`, once per shape
/// and predictor: milliseconds each. Thread-safe. A kernel that no mapping fits is streamed.
/// Fails: as accelerator::check.
Result<std::unique_ptr<Predictor>> make_accelerator_predictor(const accelerator::Accelerator& accelerator);

}  // namespace forecost::predictor
