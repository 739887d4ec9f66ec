// SPDX-License-Identifier: Apache-2.0
/// A kernel's time on a GPU from its measured time on another one and both data sheets, nothing fitted.
///
///   time_d = time_o (D_o / D_d)^g (C_o / C_d)^(1 - g)
///
/// after Habitat (Yu et al., ATC 2021, its equation for kernels of many waves): D memory bandwidth, C
/// arithmetic peak, o the origin, d the destination; Habitat's factors for clock and multiprocessors are
/// together the ratio of the peaks. g says how far memory sets the pace on the destination, with intensity I
/// (operations per byte) and ridge point R = C_d / D_d:
///   g = 1 - I / (2 R) where I < R, else R / (2 I)
#pragma once

#include "forecost/device/device.h"
#include "forecost/layer/kernel.h"
#include "forecost/quantity/quantity.h"

namespace forecost::predictor {

/// In [0, 1].
double memory_share(const layer::Kernel& kernel, const device::Card& destination);

/// `time` of `kernel` on `origin`, scaled. Cards without a memory level or peak count as 10 GB/s, 1 Gop/s.
/// O(1). Pure.
Seconds wave_scaled(const layer::Kernel& kernel, Seconds time, const device::Card& origin,
                    const device::Card& destination);

}  // namespace forecost::predictor
