// SPDX-License-Identifier: Apache-2.0
// Costs of kernels from total times of whole networks alone:
//   time(network) = overhead + sum over kernels of (rate(kind) * roofline + a * elements + b)
// First one rate for all kinds, then a rate per kind that is drawn to the common one as if a network made of
// that kind alone had been measured at it, with `prior_weight` of a real one.
#include <algorithm>
#include <cmath>
#include <map>

#include <Eigen/Core>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/nonnegative.h"
#include "forecost/predictor/features.h"
#include "forecost/predictor/rule_predictor.h"

namespace forecost::predictor::families {
namespace {

constexpr std::size_t least_networks = 2;
constexpr double prior_weight = 0.1;
constexpr double ridge = 1e-6;

/// Seconds each, summed over a network's kernels.
struct Sums {
  std::map<std::string, double> roofs;  ///< by kind: path and element type
  double elements = 0;
  double constant = 0;
};

double at(const Terms& terms, Term term) {
  return terms[static_cast<std::size_t>(term)];
}

class Totals final : public TimeRule {
 public:
  explicit Totals(device::Card card) : card_(std::move(card)) {}

  std::map<std::string, double> rates;  ///< over the roofline, by kind
  double common = 1;                    ///< of every other kind
  double elements = 0;
  double constant = 0;

  std::vector<double> seconds(std::span<const layer::Kernel> kernels) const override {
    std::vector<double> times;
    times.reserve(kernels.size());
    for (const layer::Kernel& kernel : kernels) {
      const Terms terms = terms_of(kernel, card_);
      const auto own = rates.find(path_key(kernel));
      times.push_back((own == rates.end() ? common : own->second) * at(terms, Term::roof) +
                      elements * at(terms, Term::elements) + constant * at(terms, Term::constant));
    }
    return times;
  }

  std::vector<ReadableTerm> terms() const override {
    std::vector<ReadableTerm> list;
    for (const auto& [kind, rate] : rates) list.push_back({kind, "runtime_ms", "roofline_ms", rate});
    list.push_back({"every kernel", "runtime_ms", "elements * 1e-6", elements});
    list.push_back({"every kernel", "runtime_ms", "1e-3", constant});
    return list;
  }

  nlohmann::json save() const override {
    return {{"rates", rates}, {"common", common}, {"elements", elements}, {"constant", constant}};
  }

 private:
  device::Card card_;
};

Sums sums_of(const measurement::NetworkRow& network, const device::Card& card) {
  Sums sums;
  for (const layer::Kernel& kernel : network.kernels) {
    const Terms terms = terms_of(kernel, card);
    sums.roofs[path_key(kernel)] += at(terms, Term::roof);
    sums.elements += at(terms, Term::elements);
    sums.constant += at(terms, Term::constant);
  }
  return sums;
}

/// One row per network, then one per column that has a prior.
struct Problem {
  Eigen::MatrixXd columns;
  Eigen::VectorXd times;
  Eigen::VectorXd weights;
};

Eigen::VectorXd solved(const Problem& problem) {
  return numeric::relative_nonnegative_fit(problem.columns, problem.times, problem.weights, ridge);
}

Result<std::unique_ptr<TimeRule>> fit_totals(const measurement::Table& table) {
  std::vector<Sums> networks;
  std::vector<double> times;
  std::map<std::string, Eigen::Index> kinds;
  for (const measurement::NetworkRow& row : table.networks) {
    const double time = row.time.value - table.card.run_overhead.value;
    if (!(time > 0) || row.kernels.empty()) continue;
    networks.push_back(sums_of(row, table.card));
    times.push_back(time);
    for (const auto& roof : networks.back().roofs) kinds.emplace(roof.first, 0);
  }
  if (networks.size() < least_networks) {
    return Error{
        Fault::bad_input,
        fmt::format("totals needs at least {} measured networks and has {}", least_networks, networks.size()),
        table.card.identity.name, "measure whole networks: forecost calibrate"};
  }
  const auto rows = static_cast<Eigen::Index>(networks.size());
  Problem shared{.columns = Eigen::MatrixXd(rows, 3),
                 .times = Eigen::VectorXd(rows),
                 .weights = Eigen::VectorXd::Ones(rows)};
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Sums& sums = networks[static_cast<std::size_t>(i)];
    double roof = 0;
    for (const auto& own : sums.roofs) roof += own.second;
    shared.columns.row(i) << roof, sums.elements, sums.constant;
    shared.times(i) = times[static_cast<std::size_t>(i)];
  }
  const Eigen::VectorXd together = solved(shared);
  auto rule = std::make_unique<Totals>(table.card);
  rule->common = std::max(1e-3, together(0));

  Eigen::Index next = 0;
  for (auto& kind : kinds) kind.second = next++;
  Problem apart{.columns = Eigen::MatrixXd::Zero(rows + next, next + 2),
                .times = Eigen::VectorXd(rows + next),
                .weights = Eigen::VectorXd::Ones(rows + next)};
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Sums& sums = networks[static_cast<std::size_t>(i)];
    for (const auto& [kind, roof] : sums.roofs) apart.columns(i, kinds.at(kind)) = roof;
    apart.columns(i, next) = sums.elements;
    apart.columns(i, next + 1) = sums.constant;
    apart.times(i) = shared.times(i);
  }
  const double typical = shared.times.mean();
  for (Eigen::Index kind = 0; kind < next; ++kind) {
    apart.columns(rows + kind, kind) = typical / rule->common;
    apart.times(rows + kind) = typical;
    apart.weights(rows + kind) = prior_weight;
  }
  const Eigen::VectorXd each = solved(apart);
  for (const auto& [kind, column] : kinds) rule->rates[kind] = each(column);
  rule->elements = each(next);
  rule->constant = each(next + 1);
  return std::unique_ptr<TimeRule>(std::move(rule));
}

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  return fit_rule_predictor(table, {.family = "totals", .least = 0, .fit = fit_totals}, options);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  FORECOST_TRY(const Widths widths, load_widths(saved));
  auto rule = std::make_unique<Totals>(card);
  try {
    const nlohmann::json& own = saved.at("rule");
    rule->rates = own.at("rates").get<std::map<std::string, double>>();
    rule->common = own.at("common").get<double>();
    rule->elements = own.at("elements").get<double>();
    rule->constant = own.at("constant").get<double>();
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved rates are incomplete", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
  return make_rule_predictor(std::move(rule), {.family = "totals", .widths = widths}, card);
}

}  // namespace

Family totals() {
  return {.name = "totals",
          .format = 1,
          .summary = "a rate per kind of kernel, learned from the totals of whole networks alone",
          .source = "docs/concepts.md",
          .needs_measurements = true,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
