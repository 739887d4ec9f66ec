// SPDX-License-Identifier: Apache-2.0
// Energy of one inference on edge boards (MLPerf, whole board, external meter) of networks that were never
// measured with a meter there, per board and runtime: measured latency x forecast power, eight folds of
// networks. The power's logarithm is a Gaussian process over what is known without a meter (latency,
// width, resolution, number type, family) and the power that the same network takes on the other boards; of a
// network that another board has not, the mean over its networks. Beside it: the median power of the others.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "forecost/device/system.h"
#include "forecost/numeric/gaussian_process.h"
#include "forecost/numeric/statistics.h"
#include "forecost/predictor/folds.h"
#include "forecost/predictor/validation.h"
#include "forecost/record/csv_table.h"
#include "forecost/report/figure.h"
#include "known_files.h"

namespace {

using namespace forecost;
using report::Figure;

constexpr int folds = 8;
constexpr int inner_folds = 5;
constexpr std::size_t own_features = 7;
constexpr std::size_t least_networks = 20;

/// One network on one board.
struct Row {
  std::string model;
  std::array<double, own_features> features{};
  double latency = 0;  ///< s
  double power = 0;    ///< logarithm of W
};
using Boards = std::map<std::string, std::vector<Row>>;

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<Boards> read(const record::CsvTable& csv) {
  std::map<std::string, std::size_t> column;
  for (const char* name :
       {"platform", "model", "family", "width_mult", "resolution", "dtype", "latency_ms", "energy_mJ"}) {
    const auto found = csv.find(name);
    if (!found)
      return Error{Fault::bad_input, fmt::format("there is no column '{}'", name), "", "another file?"};
    column[name] = *found;
  }
  Boards boards;
  for (std::size_t i = 0; i < csv.rows(); ++i) {
    const auto text = [&](const char* name) { return csv.cell(i, column.at(name)); };
    const auto width = number(text("width_mult"));
    const auto resolution = number(text("resolution"));
    const auto latency = number(text("latency_ms"));
    const auto energy = number(text("energy_mJ"));
    if (!width || !resolution || !latency || !energy || text("dtype").empty()) continue;
    const std::string family = text("family");
    const auto is = [&family](const char* part) {
      return family.find(part) != std::string::npos ? 1.0 : 0.0;
    };
    boards[text("platform")].push_back(
        {.model = text("model"),
         .features = {std::log(*latency), std::log(*width), std::log(*resolution),
                      text("dtype") == "fp32" ? 0.0 : 1.0, is("v1"), is("v3"), is("efficientnet")},
         .latency = *latency * 1e-3,
         .power = std::log(*energy / *latency)});
  }
  std::erase_if(boards, [](const auto& board) { return board.second.size() < least_networks; });
  return boards;
}

/// Features of the rows of a board: their own, then the same network's power on every other board.
Eigen::MatrixXd points_of(const Boards& boards, const std::string& name) {
  const std::vector<Row>& rows = boards.at(name);
  Eigen::MatrixXd points(static_cast<Eigen::Index>(rows.size()),
                         static_cast<Eigen::Index>(own_features + boards.size() - 1));
  auto next = static_cast<Eigen::Index>(own_features);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    for (std::size_t j = 0; j < own_features; ++j)
      points(i, static_cast<Eigen::Index>(j)) = rows[static_cast<std::size_t>(i)].features[j];
  }
  for (const auto& other : boards) {
    if (other.first == name) continue;
    double sum = 0;
    std::map<std::string, double> powers;
    for (const Row& row : other.second) {
      sum += row.power;
      powers[row.model] = row.power;
    }
    const double mean = sum / static_cast<double>(other.second.size());
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      const auto found = powers.find(rows[static_cast<std::size_t>(i)].model);
      points(i, next) = found == powers.end() ? mean : found->second;
    }
    ++next;
  }
  const Eigen::RowVectorXd mean = points.colwise().mean();
  points.rowwise() -= mean;
  for (Eigen::Index j = 0; j < points.cols(); ++j) {
    const double deviation = std::sqrt(points.col(j).squaredNorm() / static_cast<double>(points.rows()));
    if (deviation > 1e-9) points.col(j) /= deviation;
  }
  return points;
}

using Indices = std::vector<Eigen::Index>;

/// Logarithms of the power of `asked` from those of `known`.
std::vector<double> powers(const Eigen::MatrixXd& points, const std::vector<Row>& rows, const Indices& known,
                           const Indices& asked) {
  Eigen::VectorXd seen(static_cast<Eigen::Index>(known.size()));
  for (std::size_t i = 0; i < known.size(); ++i)
    seen(static_cast<Eigen::Index>(i)) = rows[static_cast<std::size_t>(known[i])].power;
  const double mean = seen.mean();
  const Eigen::VectorXd gaps = seen.array() - mean;
  const Eigen::MatrixXd x = points(known, Eigen::all);
  const numeric::MaternShape shape = numeric::tune_matern(x, gaps, {.min_noise = 0.01});
  const numeric::GaussianProcess process(x, gaps, Eigen::VectorXd::Ones(gaps.size()), shape,
                                         static_cast<int>(known.size()));
  const Eigen::MatrixXf questions = points(asked, Eigen::all).transpose().cast<float>();
  const Eigen::VectorXf means = process.mean(questions);
  std::vector<double> forecasts;
  for (Eigen::Index i = 0; i < means.size(); ++i) forecasts.push_back(mean + static_cast<double>(means(i)));
  return forecasts;
}

void divide(const std::vector<int>& fold, int held_out, Indices& known, Indices& asked) {
  for (std::size_t i = 0; i < fold.size(); ++i)
    (fold[i] == held_out ? asked : known).push_back(static_cast<Eigen::Index>(i));
}

/// Half-width of 90 % intervals, as a logarithm: from forecasts of known rows that were left out in turn.
double width_of(const Eigen::MatrixXd& points, const std::vector<Row>& rows, const Indices& known) {
  std::vector<double> errors;
  for (int held_out = 0; held_out < inner_folds; ++held_out) {
    Indices rest;
    Indices asked;
    for (std::size_t i = 0; i < known.size(); ++i)
      (static_cast<int>(i) % inner_folds == held_out ? asked : rest).push_back(known[i]);
    const std::vector<double> forecasts = powers(points, rows, rest, asked);
    for (std::size_t i = 0; i < asked.size(); ++i)
      errors.push_back(std::abs(forecasts[i] - rows[static_cast<std::size_t>(asked[i])].power));
  }
  return numeric::conformal_quantile(errors, 0.9);
}

struct Scores {
  predictor::ErrorSummary ours;
  predictor::ErrorSummary constant;
};

Scores score(const Boards& boards, const std::string& name) {
  const std::vector<Row>& rows = boards.at(name);
  const Eigen::MatrixXd points = points_of(boards, name);
  std::vector<std::string> models;
  for (const Row& row : rows) models.push_back(row.model);
  const predictor::Folds dealt = predictor::deal(models, folds, 1);
  std::vector<int> fold;
  for (const std::string& model : models) fold.push_back(dealt.at(model));
  std::vector<predictor::NumberPair> ours;
  std::vector<predictor::NumberPair> constant;
  for (int held_out = 0; held_out < folds; ++held_out) {
    Indices known;
    Indices asked;
    divide(fold, held_out, known, asked);
    std::vector<double> seen;
    for (Eigen::Index i : known) seen.push_back(rows[static_cast<std::size_t>(i)].power);
    const double middle = std::exp(numeric::median(std::move(seen)));
    const std::vector<double> forecasts = powers(points, rows, known, asked);
    const double width = std::exp(width_of(points, rows, known));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Row& row = rows[static_cast<std::size_t>(asked[i])];
      const double energy = row.latency * std::exp(row.power);
      const double forecast = row.latency * std::exp(forecasts[i]);
      ours.push_back({energy, forecast, forecast / width, forecast * width});
      constant.push_back({energy, row.latency * middle, 0, 0});
    }
  }
  return {predictor::summarise(ours), predictor::summarise(constant)};
}

Status study() {
  const auto file = studies::data_file("mlperf_edge/singlestream_energy.csv");
  if (!file) {
    std::cout << report::absent_line("mlperf_edge",
                                     "mlperf_edge/singlestream_energy.csv is not in the data folder")
              << '\n';
    return Done{};
  }
  FORECOST_TRY(const std::string text, device::this_machine()->read_text(*file));
  FORECOST_TRY(const record::CsvTable csv, record::CsvTable::parse(text, file->filename().string()));
  FORECOST_TRY(const Boards boards, read(csv));
  std::vector<double> ours;
  std::vector<double> constant;
  std::vector<double> coverage;
  int worse = 0;
  for (const auto& board : boards) {
    const Scores scores = score(boards, board.first);
    const std::string key = "mlperf_edge." + board.first;
    std::cout << report::result_line({key + ".energy.mape", 100 * scores.ours.mape, "%",
                                      Figure::Goal::at_most, 100 * scores.constant.mape})
              << '\n'
              << report::result_line({key + ".constant_power.mape", 100 * scores.constant.mape, "%"}) << '\n'
              << report::result_line({key + ".coverage", 100 * scores.ours.coverage, "%"}) << '\n';
    ours.push_back(scores.ours.mape);
    constant.push_back(scores.constant.mape);
    coverage.push_back(scores.ours.coverage);
    if (scores.ours.mape > scores.constant.mape) ++worse;
  }
  std::cout << report::result_line({"mlperf_edge.median.energy.mape", 100 * numeric::median(std::move(ours)),
                                    "%", Figure::Goal::at_most, 5})
            << '\n'
            << report::result_line({"mlperf_edge.median.constant_power.mape",
                                    100 * numeric::median(std::move(constant)), "%"})
            << '\n'
            << report::result_line({"mlperf_edge.median.coverage", 100 * numeric::median(std::move(coverage)),
                                    "%", Figure::Goal::at_least, 85})
            << '\n'
            << report::result_line({"mlperf_edge.boards_worse_than_constant_power",
                                    static_cast<double>(worse), "boards", Figure::Goal::at_most, 0})
            << '\n';
  return Done{};
}

}  // namespace

int main() {
  const Status done = study();
  if (done) return 0;
  std::cerr << "error: " << to_string(done.error()) << '\n';
  return 1;
}
