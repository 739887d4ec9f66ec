// SPDX-License-Identifier: Apache-2.0
/// Paleo: the time of a layer from its counts alone (Qi, Sparks, Talwalkar: Paleo, ICLR 2017), with the
/// formulas, floors and quirks of the released code.
///
///   time    = read inputs + read filters + write outputs + compute, one after the other
///   compute = max(one cycle, operations / peak / percent of peak), 0 where there are none
///   memory  = max(one cycle, bytes / 2^30 / bandwidth / percent of peak), each tensor by itself
///
/// Tensors are 4-byte floats; activations of convolutions are read with their padding (the smaller side of
/// each axis twice). Biases and activations are not counted. All functions are pure and O(1).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "forecost/device/device.h"

namespace forecost::predictor {

struct PaleoDevice {
  std::string_view name;
  double clock_mhz = 1000;
  double peak_gflops = 1;
  double bandwidth_gb_s = 1;   ///< GB as 2^30 bytes
  double percent_of_peak = 1;  ///< share of the peaks that a platform reaches (PPP), 0 ... 1
};

/// The devices of the released code, at PPP 1.
std::span<const PaleoDevice> paleo_devices();
const PaleoDevice* find_paleo_device(std::string_view name);
/// A card's float32 peak and last memory level; a clock of 1 GHz.
PaleoDevice paleo_device_of(const device::Card& card, double percent_of_peak);

struct PaleoTime {
  double compute_ms = 0;
  double memory_ms = 0;
  double total_ms() const { return compute_ms + memory_ms; }
  PaleoTime& operator+=(const PaleoTime& other);
};

/// How a convolution is computed. FFT needs stride 1.
enum class PaleoAlgorithm {
  gemm,
  fft,        ///< of whole padded images
  fft_tiles,  ///< of tiles of 32 x 32
};

struct PaleoConvolution {
  double batch = 1, in_h = 1, in_w = 1, in_c = 1;
  double kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  double out_h = 1, out_w = 1, out_c = 1;  ///< padding follows from the extents
  double groups = 1;                       ///< ours: the released code has none
};

struct PaleoPool {
  double batch = 1, in_h = 1, in_w = 1, channels = 1;
  double kernel_h = 1, kernel_w = 1, out_h = 1, out_w = 1;
};

struct PaleoDense {
  double batch = 1, in = 1, out = 1;
};

PaleoTime paleo_forward(const PaleoConvolution& layer, const PaleoDevice& device,
                        PaleoAlgorithm algorithm = PaleoAlgorithm::gemm);
/// Gradients as GEMMs: of the filters, and of the inputs unless it is the network's first layer.
PaleoTime paleo_backward(const PaleoConvolution& layer, const PaleoDevice& device, bool first_layer);
PaleoTime paleo_forward(const PaleoDense& layer, const PaleoDevice& device);
PaleoTime paleo_backward(const PaleoDense& layer, const PaleoDevice& device, bool first_layer);
/// Pooling, the same in both directions.
PaleoTime paleo_pool(const PaleoPool& layer, const PaleoDevice& device);
/// Dropout, the same in both directions.
PaleoTime paleo_dropout(double elements, const PaleoDevice& device);
/// Anything else: its operations and its traffic.
PaleoTime paleo_plain(double operations, double bytes, const PaleoDevice& device);
/// A step of SGD: two operations, three passes over the parameters; always at PPP 1, as the code has it.
PaleoTime paleo_update(double parameters, const PaleoDevice& device);

/// How parameters travel between K workers.
enum class PaleoExchange { one_to_all, tree_all_reduce, butterfly, butterfly_mixing };

struct PaleoLink {
  double gigabits_s = 10;      ///< Ethernet 10, InfiniBand 70, PCIe 2 64, PCIe 3 128
  double percent_of_peak = 1;  ///< PPP of communication
};

/// Milliseconds. With L = bytes / (Gb/s / 8 1e9) / PPP: 2 (K - 1) L, 2 ceil(log2 K) L, ceil(log2 K) L, L; 0
/// for one worker.
double paleo_exchange_ms(double bytes, int workers, PaleoExchange scheme, const PaleoLink& link);

}  // namespace forecost::predictor
