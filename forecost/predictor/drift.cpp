// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/drift.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Core>

#include "forecost/numeric/nonnegative.h"
#include "forecost/numeric/statistics.h"
#include "forecost/predictor/path_residual.h"

namespace forecost::predictor {
namespace {

constexpr std::size_t least_rows = 400;
constexpr int ramps = 8;
constexpr int views = 3;
constexpr double ramp_unit = 1e-6;

/// Share of ramp `index` that row `row` of `rows` has climbed.
double climbed(std::size_t row, std::size_t rows, int index) {
  const double progress =
      static_cast<double>(row) / static_cast<double>(std::max<std::size_t>(rows, 2) - 1) * ramps;
  return std::clamp(progress - index, 0.0, 1.0);
}

struct Fit {
  Eigen::VectorXd kernels;  ///< seconds of the kernels alone
  Eigen::VectorXd ramps;    ///< seconds
  double error = 0;         ///< mean relative, at most 1 a row
};

/// Columns that explain the kernels and, where asked, the ramps behind them.
Fit fit(const Eigen::MatrixXd& kernels, const Eigen::VectorXd& times, bool with_ramps) {
  const Eigen::Index rows = times.size();
  const Eigen::Index own = kernels.cols();
  Eigen::MatrixXd a(rows, own + (with_ramps ? ramps : 0));
  a.leftCols(own) = kernels;
  if (with_ramps) {
    for (Eigen::Index i = 0; i < rows; ++i) {
      for (int j = 0; j < ramps; ++j)
        a(i, own + j) = ramp_unit * climbed(static_cast<std::size_t>(i), static_cast<std::size_t>(rows), j);
    }
  }
  const Eigen::VectorXd x = numeric::relative_nonnegative_fit(a, times, Eigen::VectorXd::Ones(rows), 1e-6);
  Fit result;
  result.kernels = kernels * x.head(own);
  result.ramps = with_ramps ? Eigen::VectorXd(ramp_unit * x.tail(ramps)) : Eigen::VectorXd::Zero(ramps);
  const Eigen::VectorXd all = a * x;
  for (Eigen::Index i = 0; i < rows; ++i) result.error += std::min(1.0, std::abs(all(i) / times(i) - 1));
  result.error /= static_cast<double>(rows);
  return result;
}

Drift drift_from(const Eigen::VectorXd& heights) {
  Drift drift;
  double sum = 0;
  drift.at.emplace_back(sum);
  for (Eigen::Index j = 0; j < heights.size(); ++j) {
    sum += heights(j);
    drift.at.emplace_back(sum);
  }
  return drift;
}

Seconds added(const Drift& drift, std::size_t row, std::size_t rows) {
  return drift.after(static_cast<double>(row) / static_cast<double>(std::max<std::size_t>(rows, 2) - 1));
}

std::vector<Sample> samples_in_order(const measurement::Table& table) {
  std::vector<Sample> samples;
  for (const measurement::KernelRow& row : table.kernels) {
    samples.push_back({.path = path_key(row.kernel),
                       .variant = variant_key(row.kernel),
                       .group = row.group,
                       .terms = terms_of(row.kernel, table.card),
                       .features = features_of(row.kernel, table.card),
                       .time = row.time.value,
                       .weight = 1});
  }
  return samples;
}

/// The kernels' times by a path model without its Gaussian process, each by one that has not seen the row.
Result<Eigen::VectorXd> sharper(const std::vector<Sample>& samples) {
  Eigen::VectorXd times(static_cast<Eigen::Index>(samples.size()));
  for (std::size_t view = 0; view < views; ++view) {
    std::vector<Sample> seen;
    std::vector<Located> others;
    std::vector<Eigen::Index> rows;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i % views != view) seen.push_back(samples[i]);
    }
    const PathBases bases = PathBases::fit(seen);
    for (std::size_t i = view; i < samples.size(); i += views) {
      const Sample& sample = samples[i];
      others.push_back({.place = bases.place(sample.path, sample.variant, sample.features),
                        .terms = sample.terms,
                        .features = sample.features});
      rows.push_back(static_cast<Eigen::Index>(i));
    }
    FORECOST_TRY(const PathResidual residual, PathResidual::fit(seen, bases, {}, 1));
    const Opinions opinions = residual.evaluate(residual.prepare(others, bases));
    for (std::size_t j = 0; j < others.size(); ++j) {
      times(rows[j]) = bases.time(others[j].place.path, others[j].terms) *
                       std::exp(others[j].place.log_factor + static_cast<double>(opinions.trees[j]));
    }
  }
  return times;
}

}  // namespace

Seconds Drift::after(double share) const {
  if (at.size() < 2) return {};
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(at.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), at.size() - 2);
  return at[below] + (at[below + 1] - at[below]) * (place - static_cast<double>(below));
}

Result<Drift> drift_of(const measurement::Table& table) {
  const std::size_t rows = table.kernels.size();
  std::vector<double> order;
  std::vector<double> sizes;
  std::vector<double> seconds;
  for (const measurement::KernelRow& row : table.kernels) {
    if (!(row.time.value > 0) || !std::isfinite(row.time.value)) return Drift{};
    order.push_back(static_cast<double>(order.size()));
    sizes.push_back(roofline_time(row.kernel, table.card).value);
    seconds.push_back(row.time.value);
  }
  if (rows < least_rows || std::abs(numeric::spearman(order, sizes)) > 0.2) return Drift{};
  const Eigen::VectorXd times =
      Eigen::Map<const Eigen::VectorXd>(seconds.data(), static_cast<Eigen::Index>(rows));
  std::vector<Sample> samples = samples_in_order(table);
  Eigen::MatrixXd terms(times.size(), static_cast<Eigen::Index>(term_count));
  for (Eigen::Index i = 0; i < terms.rows(); ++i) {
    const Terms& own = samples[static_cast<std::size_t>(i)].terms;
    terms.row(i) = Eigen::Map<const Eigen::RowVectorXd>(own.data(), terms.cols());
  }
  Fit best = fit(terms, times, true);
  if (best.ramps.sum() <= 0) return Drift{};
  double without = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const Drift drift = drift_from(best.ramps);
    for (std::size_t i = 0; i < rows; ++i)
      samples[i].time = std::max(seconds[i] - added(drift, i, rows).value, 0.2 * seconds[i]);
    FORECOST_TRY(const Eigen::VectorXd kernels, sharper(samples));
    best = fit(kernels, times, true);
    without = fit(kernels, times, false).error;
  }
  if (best.error > without * 5 / 6) return Drift{};
  return drift_from(best.ramps);
}

measurement::Table without_drift(measurement::Table table, const Drift& drift) {
  if (drift.at.size() != ramps + 1) return table;
  const std::size_t rows = table.kernels.size();
  for (std::size_t i = 0; i < rows; ++i) {
    measurement::KernelRow& row = table.kernels[i];
    const double extra = added(drift, i, rows).value;
    row.time = Seconds(std::max(row.time.value - extra, 0.2 * row.time.value));
    row.median = Seconds(std::max(row.median.value - extra, 0.2 * row.median.value));
  }
  return table;
}

}  // namespace forecost::predictor
