// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/paleo_model.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "forecost/predictor/physics.h"

namespace forecost::predictor {
namespace {

constexpr double word = 4;       ///< bytes of a real number
constexpr double pair_word = 8;  ///< bytes of a complex one

double cycle_ms(const PaleoDevice& device) {
  return 1 / (device.clock_mhz * 1e3);
}

double compute(double operations, const PaleoDevice& device) {
  if (operations <= 0) return 0;
  return std::max(cycle_ms(device), operations / 1e9 / device.peak_gflops * 1e3 / device.percent_of_peak);
}

double memory(double bytes, const PaleoDevice& device) {
  constexpr double gibi = 1073741824;
  return std::max(cycle_ms(device), bytes / gibi / device.bandwidth_gb_s * 1e3 / device.percent_of_peak);
}

/// Padding of one axis, before and after.
struct Padding {
  double before = 0;
  double after = 0;
  bool uneven() const { return before != after; }
};

Padding padding_of(double in, double kernel, double stride, double out) {
  const double total = std::max((out - 1) * stride + kernel - in, 0.0);
  const double before = std::floor(total / 2);
  return {before, total - before};
}

struct Paddings {
  Padding h;
  Padding w;
};

Paddings paddings_of(const PaleoConvolution& c) {
  return {padding_of(c.in_h, c.kernel_h, c.stride_h, c.out_h),
          padding_of(c.in_w, c.kernel_w, c.stride_w, c.out_w)};
}

double filter_elements(const PaleoConvolution& c) {
  return c.kernel_h * c.kernel_w * c.in_c / c.groups * c.out_c;
}

double padded_inputs(const PaleoConvolution& c) {
  const Paddings pad = paddings_of(c);
  return c.batch * (c.in_h + 2 * pad.h.before) * (c.in_w + 2 * pad.w.before) * c.in_c;
}

double outputs(const PaleoConvolution& c) {
  return c.batch * c.out_h * c.out_w * c.out_c;
}

PaleoTime gemm(const PaleoConvolution& c, const PaleoDevice& device) {
  return {compute(2 * c.kernel_h * c.kernel_w * c.in_c / c.groups * outputs(c), device),
          memory(word * padded_inputs(c), device) + memory(word * filter_elements(c), device) +
              memory(word * outputs(c), device)};
}

/// Operations of one transform of `size` points, padded to a square of a power of two.
double transform_operations(double size) {
  double side = 1;
  while (side < std::sqrt(size)) side *= 2;
  return 10 * side * side * std::log2(side);
}

/// Images and filters there, products, results back. Filters are transformed once, the rest for each tile.
PaleoTime fft(const PaleoConvolution& c, const PaleoDevice& device, bool tiled) {
  const Paddings pad = paddings_of(c);
  constexpr double tile = 32;
  const double size = tiled ? tile * tile
                            : std::max(c.in_h + 2 * pad.h.before, c.kernel_h) *
                                  std::max(c.in_w + 2 * pad.w.before, c.kernel_w);
  const double tiles = tiled ? std::ceil(c.in_h / tile) * std::ceil(c.in_w / tile) : 1.0;
  const double images = c.batch * c.in_c;
  const double filters = c.in_c * c.out_c;
  const double results = c.batch * c.out_c;
  const bool line = c.kernel_h == 1 || c.kernel_w == 1;
  const double whole = transform_operations(size) / (line ? 2 : 1);
  const double half = whole / 2;  // of real numbers
  PaleoTime time;
  time.compute_ms = compute(half * images * tiles, device) + compute(half * filters, device) +
                    compute(4 * c.batch * filters * size * tiles, device) +
                    compute(whole * results * tiles, device);
  time.memory_ms =
      tiles * (memory(word * images * size, device) + memory(pair_word * images * size, device)) +
      memory(word * filters * size, device) + memory(pair_word * filters * size, device) +
      tiles * (memory(pair_word * images * size, device) + memory(pair_word * filters * size, device) +
               memory(pair_word * results * size, device)) +
      memory(pair_word * results * size, device) + memory(word * outputs(c), device);
  return time;
}

}  // namespace

std::span<const PaleoDevice> paleo_devices() {
  static constexpr std::array<PaleoDevice, 8> devices{{{"TITAN_X", 1000, 6144, 336.5, 1},
                                                       {"K20", 1000, 3520, 208, 1},
                                                       {"K20X", 1000, 3935, 250, 1},
                                                       {"K40", 745, 4290, 288, 1},
                                                       {"K80", 560, 5600, 480, 1},
                                                       {"GTX_780_TI", 875, 5040, 336, 1},
                                                       {"GTX_750M", 941, 722.7, 80, 1},
                                                       {"I7_5930K", 210000, 289, 68, 1}}};
  return devices;
}

const PaleoDevice* find_paleo_device(std::string_view name) {
  const auto devices = paleo_devices();
  const auto found =
      std::find_if(devices.begin(), devices.end(), [&](const PaleoDevice& d) { return d.name == name; });
  return found == devices.end() ? nullptr : &*found;
}

PaleoDevice paleo_device_of(const device::Card& card, double percent_of_peak) {
  constexpr double gibi = 1073741824;
  const double bandwidth = card.memory.empty() ? 1e10 : card.memory.back().bandwidth;
  return {.name = {},
          .clock_mhz = 1000,
          .peak_gflops = peak_for(card, network::ElementType::float32) / 1e9,
          .bandwidth_gb_s = bandwidth / gibi,
          .percent_of_peak = percent_of_peak};
}

PaleoTime& PaleoTime::operator+=(const PaleoTime& other) {
  compute_ms += other.compute_ms;
  memory_ms += other.memory_ms;
  return *this;
}

PaleoTime paleo_forward(const PaleoConvolution& layer, const PaleoDevice& device, PaleoAlgorithm algorithm) {
  if (algorithm == PaleoAlgorithm::gemm) return gemm(layer, device);
  return fft(layer, device, algorithm == PaleoAlgorithm::fft_tiles);
}

PaleoTime paleo_backward(const PaleoConvolution& c, const PaleoDevice& device, bool first_layer) {
  const double inner = c.kernel_h * c.kernel_w * c.in_c / c.groups;
  // Of the filters: inputs convolved with the outputs' gradients, spread out by the stride; holes are
  // skipped.
  PaleoTime time{compute(2 * inner * outputs(c), device), memory(word * padded_inputs(c), device) +
                                                              memory(word * outputs(c), device) +
                                                              memory(word * filter_elements(c), device)};
  if (first_layer) return time;
  // Of the inputs: spread-out gradients convolved with the turned filters; holes are not skipped, and count
  // as two operations more for each gradient.
  const Paddings pad = paddings_of(c);
  const double spread_h = (c.out_h - 1) * c.stride_h + 1 + (pad.h.uneven() ? 1 : 0);
  const double spread_w = (c.out_w - 1) * c.stride_w + 1 + (pad.w.uneven() ? 1 : 0);
  const bool holes = spread_h * spread_w > c.out_h * c.out_w;
  const double inputs = c.batch * c.in_h * c.in_w * c.in_c;
  const double operations = 2 * c.kernel_h * c.kernel_w * c.out_c / c.groups * inputs;
  const double border_h = c.kernel_h - 1 - pad.h.before;
  const double border_w = c.kernel_w - 1 - pad.w.before;
  const double gradients = c.batch * (spread_h + 2 * border_h) * (spread_w + 2 * border_w) * c.out_c;
  time.compute_ms += compute(operations + (holes ? 2 * outputs(c) : 0.0), device);
  time.memory_ms += memory(word * gradients, device) + memory(word * filter_elements(c), device) +
                    memory(word * inputs, device);
  return time;
}

PaleoTime paleo_forward(const PaleoDense& layer, const PaleoDevice& device) {
  return {compute(2 * layer.batch * layer.in * layer.out, device),
          memory(word * layer.batch * layer.in, device) + memory(word * layer.in * layer.out, device) +
              memory(word * layer.batch * layer.out, device)};
}

PaleoTime paleo_backward(const PaleoDense& layer, const PaleoDevice& device, bool first_layer) {
  PaleoTime time = paleo_forward(layer, device);
  if (!first_layer) time += paleo_forward(layer, device);
  return time;
}

PaleoTime paleo_pool(const PaleoPool& p, const PaleoDevice& device) {
  const double written = p.batch * p.out_h * p.out_w * p.channels;
  return {compute(2 * p.kernel_h * p.kernel_w * written, device),
          memory(word * p.batch * p.in_h * p.in_w * p.channels, device) + memory(word * written, device)};
}

PaleoTime paleo_dropout(double elements, const PaleoDevice& device) {
  return {compute(elements, device), 2 * memory(word * elements, device)};
}

PaleoTime paleo_plain(double operations, double bytes, const PaleoDevice& device) {
  return {compute(operations, device), memory(bytes, device)};
}

PaleoTime paleo_update(double parameters, const PaleoDevice& device) {
  PaleoDevice whole = device;
  whole.percent_of_peak = 1;
  return {compute(2 * parameters, whole), 3 * memory(word * parameters, whole)};
}

double paleo_exchange_ms(double bytes, int workers, PaleoExchange scheme, const PaleoLink& link) {
  if (workers <= 1) return 0;
  const double once = bytes / (link.gigabits_s / 8 * 1e9) * 1e3 / link.percent_of_peak;
  const double rounds = std::ceil(std::log2(workers));
  switch (scheme) {
    case PaleoExchange::one_to_all:
      return 2 * (workers - 1) * once;
    case PaleoExchange::tree_all_reduce:
      return 2 * rounds * once;
    case PaleoExchange::butterfly:
      return rounds * once;
    case PaleoExchange::butterfly_mixing:
      break;
  }
  return once;
}

}  // namespace forecost::predictor
