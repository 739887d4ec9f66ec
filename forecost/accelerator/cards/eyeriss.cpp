// SPDX-License-Identifier: Apache-2.0
// Chen, Krishna, Emer, Sze: Eyeriss, JSSC 52(1), 2017: 12 x 14 elements, 224 + 12 + 24 words of 16 bits in
// each, 108 KiB of buffer, core at 200 MHz, DRAM link of 64 bits at 60 MHz, run-length code, zero gating.
// Energy: 0.95 pJ of a 16-bit multiply-accumulate at 45 nm and 0.9 V, scaled to 65 nm and 1 V (x 1.783), and
// the ratios 1, 1, 2, 6, 200 of Chen, Emer, Sze, ISCA 2016.
#include "forecost/accelerator/accelerator.h"

namespace forecost::accelerator::cards {

AcceleratorEntry eyeriss() {
  return {.name = "eyeriss",
          .summary = "Eyeriss v1: 12 x 14 elements, row stationary, 108 KiB buffer, 16 bit, 200 MHz, 65 nm",
          .source = "Chen, Krishna, Emer, Sze: Eyeriss, JSSC 52(1), 2017; energy ratios of ISCA 2016",
          .accelerator = [] {
            Accelerator card;
            card.name = "eyeriss";
            card.summary = "12 x 14 elements, row stationary, 108 KiB buffer, 16 bit, 200 MHz";
            card.source = "Chen, Krishna, Emer, Sze: Eyeriss, JSSC 52(1), 2017";
            constexpr double link_mhz = 60, link_bits = 64, core_mhz = 200;
            card.dram_words_per_cycle = link_mhz * link_bits / (core_mhz * card.word_bits);
            constexpr double scaling = (65.0 / 45.0) * (1.0 / 0.9) * (1.0 / 0.9);
            const Joules mac((0.05 + 0.9) * scaling * 1e-12);
            card.energy = {.bits = 16,
                           .mac = mac,
                           .registers = {mac, mac},
                           .hop = mac * 2,
                           .buffer = {mac * 6, mac * 6},
                           .dram = {mac * 200, mac * 200}};
            card.sparsity.gates = true;
            card.sparsity.compresses = true;
            return card;
          }};
}

}  // namespace forecost::accelerator::cards
