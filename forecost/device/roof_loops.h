// SPDX-License-Identifier: Apache-2.0
/// The loops that reach a processor's roofs. Each picks the widest instructions that this machine has.
#pragma once

#include <cstdint>
#include <span>

namespace forecost::device {

/// `rounds` rounds of independent float32 multiply-adds held in registers; says how many operations that
/// were.
double multiply_add_loop(std::int64_t rounds);

/// The same with 8-bit dot products into 32 bits; 0 when the machine has no such instruction.
double int8_dot_loop(std::int64_t rounds);

/// a[i] = b[i] + 0.5 c[i] over the three thirds of `memory`, `passes` times (the STREAM triad); says how many
/// bytes that read and wrote, each array counted once. The memory should be aligned to 64 bytes.
double triad_loop(std::span<float> memory, std::int64_t passes);

}  // namespace forecost::device
