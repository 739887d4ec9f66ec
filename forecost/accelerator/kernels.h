// SPDX-License-Identifier: Apache-2.0
/// What a kernel costs on an accelerator.
#pragma once

#include <string_view>

#include "forecost/accelerator/mapper.h"

namespace forecost::accelerator {

/// What device::Identity calls the runtime of an accelerator: its rules are in layer/runtimes/array.cpp.
inline constexpr std::string_view runtime_name = "array";

/// Words of a kernel as it reads and writes them, whatever its element type.
struct Words {
  double read = 0;
  double written = 0;
};
Words words_of(const layer::Kernel& kernel);

/// A convolution or matrix product is mapped. Its further inputs (a residual) are streamed. Everything else
/// is streamed: see `stream_cost`. Fails: as map_work does.
Result<Cost> cost_of(const Accelerator& accelerator, const layer::Kernel& kernel);

}  // namespace forecost::accelerator
