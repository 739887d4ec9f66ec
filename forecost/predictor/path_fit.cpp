// SPDX-License-Identifier: Apache-2.0
// Fitting the path model: out-of-fold opinions first, then shares, corrections and widths, then all rows at
// once.
#include <algorithm>
#include <cmath>
#include <optional>

#include <Eigen/Cholesky>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/folds.h"
#include "forecost/predictor/path_model.h"

namespace forecost::predictor {
namespace {

constexpr int inner_folds = 5;

/// A sample predicted by a model that has not seen its group.
struct OutOfFold {
  Located located;
  double log_base = 0;  ///< with the variant's factor
  float trees = 0;
  float smooth = 0;
};

/// A sample's error as a logarithm when the two opinions count with these shares.
double error_of(const Sample& sample, const OutOfFold& view, const PathTuning& shares) {
  const double residual =
      (shares.trees * static_cast<double>(view.trees) + shares.smooth * static_cast<double>(view.smooth)) *
      std::exp(-0.5 * view.located.place.excess);
  return std::log(sample.time) - view.log_base - residual;
}

/// Shares on a grid that make the weighted mean absolute error least; `prior` wins ties of less than 1 %.
PathTuning best_shares(std::span<const Sample> samples, const std::vector<OutOfFold>& views,
                       const std::vector<std::size_t>& rows, const PathTuning& prior) {
  const auto loss = [&](const PathTuning& shares) {
    double sum = 0;
    for (std::size_t i : rows)
      sum += samples[i].weight * std::min(1.0, std::abs(error_of(samples[i], views[i], shares)));
    return sum;
  };
  PathTuning best = prior;
  double least = 0.99 * loss(prior);
  for (int trees = 0; trees <= 4; ++trees) {
    for (int smooth = 0; trees + smooth <= 4; ++smooth) {
      PathTuning shares = prior;
      shares.trees = 0.25 * trees;
      shares.smooth = 0.25 * smooth;
      const double here = loss(shares);
      if (here < least) {
        least = here;
        best = shares;
      }
    }
  }
  return best;
}

std::vector<int> folds_of(std::span<const Sample> samples, const Folds& dealt, int folds) {
  std::vector<int> fold(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    fold[i] =
        dealt.size() > 1 ? dealt.at(samples[i].group) : static_cast<int>(i % static_cast<std::size_t>(folds));
  }
  return fold;
}

Located locate(const Sample& sample, const PathBases& bases) {
  return {.place = bases.place(sample.path, sample.variant, sample.features),
          .terms = sample.terms,
          .features = sample.features};
}

/// Median error per path, shrunk to that of all paths as if ten more samples stood there.
double shrunk(double own, std::size_t count, double all) {
  const auto n = static_cast<double>(count);
  return (n * own + 10 * all) / (n + 10);
}

double typical_error(const std::vector<double>& errors) {
  std::vector<double> sizes;
  for (double error : errors) sizes.push_back(std::abs(error));
  return sizes.empty() ? 0.3 : std::max(0.01, 1.4826 * numeric::median(std::move(sizes)));
}

/// One network: measured kernel time, and predicted time per path.
struct NetworkView {
  double measured = 0;
  double whole = 0;  ///< measured, overheads included
  PathCompiled compiled;
  std::vector<KindForecast> kinds;
};

double overhead_of(const device::Card& card) {
  return card.run_overhead.value;
}

/// Factors near 1 per path that bring the networks' sums closest to their totals: ridge regression of the
/// relative gap, prior deviation 5 % per path against 3 % noise per network.
void correct(PathModel& model, const std::vector<NetworkView>& networks) {
  const auto paths = static_cast<Eigen::Index>(model.tuning.size());
  if (networks.size() < 4 || paths == 0) return;
  const auto rows = static_cast<Eigen::Index>(networks.size());
  Eigen::MatrixXd share = Eigen::MatrixXd::Zero(rows, paths);
  Eigen::VectorXd gap(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const NetworkView& network = networks[static_cast<std::size_t>(i)];
    double sum = 0;
    for (std::size_t k = 0; k < network.kinds.size(); ++k) {
      const double time = network.compiled.kinds.count[k] * network.kinds[k].time;
      const int path = network.compiled.located[k].place.path;
      sum += time;
      if (path >= 0) share(i, path) += time / network.whole;
    }
    gap(i) = std::clamp((network.measured - sum) / network.whole, -0.3, 0.3);
  }
  Eigen::MatrixXd normal = share.transpose() * share;
  normal.diagonal().array() += 0.36;
  const Eigen::VectorXd change = normal.ldlt().solve(share.transpose() * gap);
  for (Eigen::Index j = 0; j < paths; ++j) {
    model.tuning[static_cast<std::size_t>(j)].correction = std::log1p(std::clamp(change(j), -0.15, 0.15));
  }
}

/// `table` gives the whole networks; `dealt` the folds of the groups of samples and networks.
Result<PathModel> fit_samples(const std::vector<Sample>& samples, const measurement::Table& table,
                              const Folds& dealt, const FitOptions& options) {
  if (samples.empty()) {
    return Error{Fault::bad_input, "path_model needs at least 1 measured kernel and has 0",
                 table.card.identity.name, "measure some: forecost calibrate"};
  }
  PathModel model;
  model.bases = PathBases::fit(samples);
  const SmoothDesigns designs = design_smooth(samples, model.bases, options.seed);
  const std::vector<int> fold = folds_of(samples, dealt, inner_folds);

  std::vector<OutOfFold> views(samples.size());
  std::vector<std::optional<PathModel>> fold_models(inner_folds);
  for (int held_out = 0; held_out < inner_folds; ++held_out) {
    std::vector<Sample> training;
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (fold[i] == held_out) {
        others.push_back(i);
      } else {
        training.push_back(samples[i]);
      }
    }
    if (training.empty()) training = samples;
    PathModel part;
    part.bases = PathBases::fit(training);
    FORECOST_TRY(part.residual, PathResidual::fit(training, part.bases, designs, options.seed));
    std::vector<Located> located;
    for (std::size_t i : others) located.push_back(locate(samples[i], part.bases));
    const Opinions opinions = part.residual.evaluate(part.residual.prepare(located, part.bases));
    for (std::size_t j = 0; j < others.size(); ++j) {
      const Place& place = located[j].place;
      views[others[j]] = {
          .located = located[j],
          .log_base = std::log(part.bases.time(place.path, located[j].terms)) + place.log_factor,
          .trees = opinions.trees[j],
          .smooth = opinions.smooth[j]};
    }
    fold_models[static_cast<std::size_t>(held_out)] = std::move(part);
  }

  std::vector<std::vector<std::size_t>> rows_of(model.bases.names().size());
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (views[i].located.place.path < 0) continue;
    known.push_back(i);
    const Place place = model.bases.place(samples[i].path, samples[i].variant, samples[i].features);
    rows_of[static_cast<std::size_t>(place.path)].push_back(i);
  }
  const PathTuning everywhere = best_shares(samples, views, known, PathTuning{});
  std::vector<double> errors;
  for (std::size_t i : known) errors.push_back(error_of(samples[i], views[i], everywhere));
  const double typical = typical_error(errors);
  model.tuning.assign(rows_of.size(), everywhere);
  for (std::size_t path = 0; path < rows_of.size(); ++path) {
    PathTuning& tuning = model.tuning[path];
    if (rows_of[path].size() >= 40) tuning = best_shares(samples, views, rows_of[path], everywhere);
    if (rows_of[path].size() < 8) tuning.trees = tuning.smooth = 0;
    errors.clear();
    for (std::size_t i : rows_of[path]) errors.push_back(error_of(samples[i], views[i], tuning));
    tuning.spread = shrunk(typical_error(errors), errors.size(), std::max(typical, 0.02));
  }

  // Fold models take the shares over by path name: their own path indices may differ.
  for (auto& part : fold_models) {
    part->tuning.clear();
    for (const std::string& name : part->bases.names()) {
      const auto& names = model.bases.names();
      const auto found = std::lower_bound(names.begin(), names.end(), name);
      part->tuning.push_back(model.tuning[static_cast<std::size_t>(found - names.begin())]);
    }
  }
  std::vector<double> scores;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const PathModel& part = *fold_models[static_cast<std::size_t>(fold[i])];
    const KindForecast forecast = combine(parts_of(part, views[i].located), views[i].trees, views[i].smooth);
    scores.push_back(std::abs(std::log(samples[i].time / forecast.time)) / forecast.difficulty);
  }
  model.kernel_quantile = numeric::conformal_quantile(scores, 0.9);

  std::vector<NetworkView> networks;
  for (const measurement::NetworkRow& row : table.networks) {
    const double overhead = overhead_of(table.card);
    if (!(row.time.value > overhead) || row.kernels.empty()) continue;
    const PathModel& part = *fold_models[static_cast<std::size_t>(dealt.at(row.group))];
    NetworkView view{
        .measured = row.time.value - overhead, .whole = row.time.value, .compiled = {}, .kinds = {}};
    view.compiled = compile_for(part, row.kernels, table.card);
    view.kinds = evaluate(part, view.compiled);
    for (Located& located : view.compiled.located) {
      if (located.place.path < 0) continue;
      const auto& names = model.bases.names();
      const auto& name = part.bases.names()[static_cast<std::size_t>(located.place.path)];
      located.place.path =
          static_cast<int>(std::lower_bound(names.begin(), names.end(), name) - names.begin());
    }
    networks.push_back(std::move(view));
  }
  correct(model, networks);
  std::vector<double> gaps;
  for (NetworkView& network : networks) {
    double sum = 0;
    for (std::size_t k = 0; k < network.kinds.size(); ++k) {
      network.kinds[k].time *= std::exp(model.tuning_of(network.compiled.located[k].place.path).correction);
      sum += network.compiled.kinds.count[k] * network.kinds[k].time;
    }
    gaps.push_back(std::log(network.whole / (sum + network.whole - network.measured)));
  }
  model.shared = gaps.empty() ? 0.5 * typical : std::max(0.01, typical_error(gaps));
  if (gaps.size() >= 4) {
    scores.clear();
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      scores.push_back(std::abs(gaps[i]) / network_scale(model, networks[i].compiled, networks[i].kinds));
    }
    model.network_quantile = numeric::conformal_quantile(scores, 0.9);
  }
  FORECOST_TRY(model.residual, PathResidual::fit(samples, model.bases, designs, options.seed));
  return model;
}

}  // namespace

Result<PathModel> fit_path_model(const measurement::Table& given, const FitOptions& options) {
  const measurement::Table table = canonical(given);
  return fit_samples(samples_of(table), table, deal(groups_of(table), inner_folds, options.seed), options);
}

Result<PathModel> fit_path_model_across(std::span<const measurement::Table> tables,
                                        const FitOptions& options) {
  std::vector<std::string> devices;
  for (const measurement::Table& table : tables) devices.push_back(table.card.identity.name);
  const Folds by_device = deal(devices, inner_folds, options.seed);
  std::vector<Sample> samples;
  Folds dealt;
  for (const measurement::Table& table : tables) {
    const std::string& device = table.card.identity.name;
    for (Sample& sample : samples_of(canonical(table))) {
      sample.group = device + "|" + sample.group;
      dealt[sample.group] = by_device.at(device);
      samples.push_back(std::move(sample));
    }
  }
  return fit_samples(samples, {}, dealt, options);
}

}  // namespace forecost::predictor
