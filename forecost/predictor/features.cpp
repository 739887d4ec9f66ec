// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/features.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "forecost/network/network.h"
#include "forecost/predictor/tile_features.h"

namespace forecost::predictor {
namespace {

double remainder_of(double value, double step) {
  const double left = std::fmod(value, step);
  return left > 0 ? left / step : 1.0;
}

double activation_code(const std::string& activation) {
  if (activation.empty()) return 0;
  if (activation == "Relu") return 1;
  if (activation == "Clip" || activation == "LeakyRelu") return 2;
  return 3;
}

}  // namespace

Features features_of(const layer::Kernel& kernel, const device::Card& card) {
  const Physics p = physics_of(kernel, card);
  const Terms t = terms_of(kernel, card);
  const layer::Extents& e = kernel.cost.extents;
  Features features{};
  const auto set = [&features](Feature feature, double value) {
    features[static_cast<std::size_t>(feature)] = static_cast<float>(value);
  };
  const auto log1 = [](double value) { return std::log(std::max(1.0, value)); };
  const auto term = [&t](Term which) { return t[static_cast<std::size_t>(which)]; };

  const double taps = std::max(1.0, e.kernel_h * e.kernel_w);
  const double depth = std::max(1.0, e.k / taps);
  const double traffic = p.input_bytes + p.weight_bytes + p.output_bytes;
  const double operations = 2 * p.macs + p.other_operations;
  set(Feature::log_m, log1(e.m));
  set(Feature::log_n, log1(e.n));
  set(Feature::log_k, log1(e.k));
  set(Feature::log_batch, log1(e.batch));
  set(Feature::log_groups, log1(e.groups));
  set(Feature::log_out_w, log1(e.out_w));
  set(Feature::log_out_h, log1(e.out_h));
  set(Feature::log_taps, log1(taps));
  set(Feature::stride, std::max(e.stride_h, e.stride_w));
  set(Feature::dilation, e.dilation);
  set(Feature::log_input, log1(p.input_bytes));
  set(Feature::log_weights, log1(p.weight_bytes));
  set(Feature::log_output, log1(p.output_bytes));
  set(Feature::log_workspace, log1(p.workspace_bytes));
  set(Feature::log_working_set, log1(p.working_set));
  set(Feature::log_operations, log1(operations));
  set(Feature::log_intensity, std::log((operations + 1) / (traffic + 1)));
  set(Feature::log_lanes, p.macs > 0 ? std::log(p.padded_macs / p.macs) : 0.0);
  set(Feature::log_tiles, p.padded_macs > 0 ? std::log(p.tile_macs / p.padded_macs) : 0.0);
  set(Feature::n_of_16, remainder_of(e.groups > 1 && e.n <= 1 ? e.groups : e.n, 16));
  set(Feature::n_of_64, remainder_of(e.groups > 1 && e.n <= 1 ? e.groups : e.n, 64));
  set(Feature::depth_of_16, remainder_of(depth, 16));
  set(Feature::m_of_12, remainder_of(e.m, 12));
  set(Feature::width_of_6, remainder_of(e.out_w, 6));
  set(Feature::n_of_4, remainder_of(e.n, 4));
  set(Feature::log_imbalance, std::log(p.imbalance));
  const double near = p.input_bytes > 0 && term(Term::input) > 0 ? p.input_bytes / term(Term::input) : 0;
  const double far = traffic > 0 && term(Term::far) > 0 ? traffic / term(Term::far) : 0;
  set(Feature::log_bandwidth, near > 0 && far > 0 ? std::log(near / far) : 0.0);
  set(Feature::log_band, log1(4 * e.in_w * e.kernel_h * depth));
  double inner = 1;
  std::size_t rank = 0;
  if (!kernel.outputs.empty() && !kernel.outputs.front().empty()) {
    rank = kernel.outputs.front().size();
    inner = static_cast<double>(kernel.outputs.front().back());
  }
  set(Feature::log_inner, log1(inner));
  set(Feature::log_outer, log1(p.elements / std::max(1.0, inner)));
  set(Feature::rank, static_cast<double>(rank));
  set(Feature::inputs, static_cast<double>(kernel.inputs.size()) -
                           static_cast<double>(std::count(kernel.constant_inputs.begin(),
                                                          kernel.constant_inputs.end(), true)));
  set(Feature::accumulates, kernel.accumulates ? 1 : 0);
  set(Feature::activation, activation_code(kernel.activation));
  set(Feature::log_roof, std::log(std::max(1e-9, term(Term::roof))));
  set(Feature::log_footprint, log1(p.footprint));
  set(Feature::log_before, log1(static_cast<double>(kernel.before.value)));
  set(Feature::log_input_age, log1(static_cast<double>(kernel.input_age.value)));
  set(Feature::log_fetched, std::log(1e-3 + term(Term::fetched) / std::max(1e-9, term(Term::roof))));
  const double compute = term(Term::work) + term(Term::other);
  const double memory = term(Term::input) + term(Term::weights) + term(Term::output);
  set(Feature::compute_share, compute + memory > 0 ? compute / (compute + memory) : 0.0);
  set_tile_features(kernel, card, features);
  return features;
}

std::string path_key(const layer::Kernel& kernel) {
  return fmt::format("{}/{}", kernel.path.empty() ? kernel.op : kernel.path,
                     network::name_of(kernel.element));
}

std::string variant_key(const layer::Kernel& kernel) {
  return fmt::format("{}/{}/{}/{}", path_key(kernel), kernel.op, kernel.activation,
                     kernel.accumulates ? "sum" : "");
}

std::span<const Feature> extent_features() {
  static constexpr std::array features = {Feature::log_m,     Feature::log_n,      Feature::log_k,
                                          Feature::log_batch, Feature::log_groups, Feature::log_working_set,
                                          Feature::log_taps};
  return features;
}

std::span<const Feature> smooth_features() {
  static constexpr std::array features = {Feature::log_m,
                                          Feature::log_n,
                                          Feature::log_k,
                                          Feature::log_batch,
                                          Feature::log_groups,
                                          Feature::log_out_w,
                                          Feature::log_taps,
                                          Feature::stride,
                                          Feature::log_working_set,
                                          Feature::log_lanes,
                                          Feature::log_tiles,
                                          Feature::log_bandwidth,
                                          Feature::log_fetched,
                                          Feature::log_input_age,
                                          Feature::log_inner,
                                          Feature::accumulates,
                                          Feature::compute_share,
                                          Feature::tile_waste_128_128,
                                          Feature::tile_waste_64_64,
                                          Feature::log_fill,
                                          Feature::log_rows,
                                          Feature::aligned_columns,
                                          Feature::aligned_depth};
  return features;
}

}  // namespace forecost::predictor
