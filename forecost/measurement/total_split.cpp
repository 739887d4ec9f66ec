// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/total_split.h"

#include <algorithm>

#include "forecost/numeric/nonnegative.h"

namespace forecost::measurement {

bool tells_only_total(const Record& record) {
  return !record.run_seconds.empty() && record.origins.empty() &&
         std::all_of(record.kernel_seconds.begin(), record.kernel_seconds.end(),
                     [](const std::vector<double>& samples) { return samples.empty(); });
}

TotalSplit::TotalSplit(const device::Card& card, std::span<const Record> records) {
  if (const auto peak = card.peak_operations.find("float32"); peak != card.peak_operations.end()) {
    peak_ = std::max(1.0, peak->second);
  }
  if (!card.memory.empty()) bandwidth_ = std::max(1.0, card.memory.back().bandwidth);
  std::vector<const Record*> told;
  for (const Record& record : records) {
    if (tells_only_total(record) && !record.kernels.empty()) told.push_back(&record);
  }
  constexpr std::size_t enough = 4;
  if (told.size() < enough) return;
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(told.size()), 3);
  Eigen::VectorXd totals(sums.rows());
  for (Eigen::Index i = 0; i < sums.rows(); ++i) {
    const Record& record = *told[static_cast<std::size_t>(i)];
    for (const layer::Kernel& kernel : record.kernels) {
      sums(i, kernel.cost.macs.value > 0 ? 0 : 1) += roofline(kernel);
    }
    sums(i, 2) = static_cast<double>(record.kernels.size());
    totals(i) = std::max(1e-12, *std::min_element(record.run_seconds.begin(), record.run_seconds.end()));
  }
  const Eigen::VectorXd fitted =
      numeric::relative_nonnegative_fit(sums, totals, Eigen::VectorXd::Ones(totals.size()));
  if (fitted.sum() > 0) factors_ = {fitted(0), fitted(1), fitted(2)};
}

double TotalSplit::roofline(const layer::Kernel& kernel) const {
  return std::max(static_cast<double>(kernel.cost.operations.value) / peak_,
                  static_cast<double>((kernel.cost.read + kernel.cost.written).value) / bandwidth_);
}

std::vector<double> TotalSplit::times(const Record& record, double total) const {
  std::vector<double> times;
  double sum = 0;
  constexpr double least = 1e-9;  // no kernel takes no time
  for (const layer::Kernel& kernel : record.kernels) {
    const double factor = factors_[kernel.cost.macs.value > 0 ? 0 : 1];
    times.push_back(factor * roofline(kernel) + factors_[2] + least);
    sum += times.back();
  }
  for (double& time : times) time *= total / sum;
  return times;
}

}  // namespace forecost::measurement
