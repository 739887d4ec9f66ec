// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_model.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace forecost::predictor {

PathCompiled compile_for(const PathModel& model, std::span<const layer::Kernel> kernels,
                         const device::Card& card) {
  PathCompiled compiled;
  compiled.kinds = distinct(kernels);
  std::vector<Wanted> wanted;
  for (std::size_t first : compiled.kinds.first) {
    const layer::Kernel& kernel = kernels[first];
    Located located;
    located.terms = terms_of(kernel, card);
    located.features = features_of(kernel, card);
    located.place = model.bases.place(path_key(kernel), variant_key(kernel), located.features);
    compiled.bounds.push_back(bound_of(located.terms));
    const KindParts parts = parts_of(model, located);
    wanted.push_back({.trees = parts.trees > 0, .smooth = parts.smooth > 0});
    compiled.parts.push_back(parts);
    compiled.located.push_back(located);
  }
  compiled.input = model.residual.prepare(compiled.located, model.bases, wanted);
  return compiled;
}

KindParts parts_of(const PathModel& model, const Located& kernel) {
  const Place& place = kernel.place;
  const PathTuning& tuning = model.tuning_of(place.path);
  const double trust = place.excess > 0 ? std::exp(-0.5 * place.excess) : 1.0;
  return {.time = model.bases.time(place.path, kernel.terms) * std::exp(place.log_factor + tuning.correction),
          .trees = tuning.trees * trust,
          .smooth = tuning.smooth * trust,
          .difficulty = tuning.spread + 0.3 * place.excess,
          .disagreement = tuning.trees > 0 && tuning.smooth > 0 ? 0.5 : 0.0};
}

KindForecast combine(const KindParts& parts, float trees, float smooth) {
  const double by_trees = trees;
  const double by_process = smooth;
  return {.time = parts.time * std::exp(parts.trees * by_trees + parts.smooth * by_process),
          .difficulty = parts.difficulty + parts.disagreement * std::abs(by_trees - by_process)};
}

std::vector<KindForecast> evaluate(const PathModel& model, const PathCompiled& compiled) {
  const Opinions opinions = model.residual.evaluate(compiled.input);
  std::vector<KindForecast> kinds(compiled.located.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    kinds[i] = combine(compiled.parts[i], opinions.trees[i], opinions.smooth[i]);
  }
  return kinds;
}

double network_scale(const PathModel& model, const PathCompiled& compiled,
                     std::span<const KindForecast> kinds) {
  double total = 0;
  double squares = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const double time = compiled.kinds.count[i] * kinds[i].time;
    total += time;
    squares += time * time * kinds[i].difficulty * kinds[i].difficulty;
  }
  return std::sqrt(model.shared * model.shared + (total > 0 ? squares / (total * total) : 0.0));
}

namespace {

nlohmann::json saved_model(const PathModel& model) {
  nlohmann::json tuning = nlohmann::json::array();
  for (const PathTuning& entry : model.tuning) {
    tuning.push_back({entry.trees, entry.smooth, entry.spread, entry.correction});
  }
  return {{"bases", model.bases.save()}, {"residual", model.residual.save()},
          {"tuning", std::move(tuning)}, {"kernel_quantile", model.kernel_quantile},
          {"shared", model.shared},      {"network_quantile", model.network_quantile}};
}

/// Throws nlohmann::json::exception where fields are missing.
Result<PathModel> loaded_model(const nlohmann::json& saved) {
  PathModel model;
  model.bases = PathBases::load(saved.at("bases"));
  FORECOST_TRY(model.residual, PathResidual::load(saved.at("residual")));
  for (const auto& entry : saved.at("tuning")) {
    model.tuning.push_back({.trees = entry.at(0).get<double>(),
                            .smooth = entry.at(1).get<double>(),
                            .spread = entry.at(2).get<double>(),
                            .correction = entry.at(3).get<double>()});
  }
  model.kernel_quantile = saved.at("kernel_quantile").get<double>();
  model.shared = saved.at("shared").get<double>();
  model.network_quantile = saved.at("network_quantile").get<double>();
  if (model.tuning.size() != model.bases.paths().size()) {
    return Error{Fault::bad_input, "the saved path model tunes other paths than it has", "",
                 "calibrate again: forecost calibrate"};
  }
  return model;
}

class PathPredictor final : public Predictor {
 public:
  PathPredictor(PathModel model, device::Card card, std::optional<PathModel> energy)
      : model_(std::move(model)), energy_(std::move(energy)), card_(std::move(card)) {}

  std::string_view family() const override { return "path_model"; }
  const device::Card& card() const override { return card_; }

  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    auto compiled = std::make_unique<PathCompiled>(compile_for(model_, kernels, card_));
    if (energy_) compiled->energy = std::make_unique<PathCompiled>(compile_for(*energy_, kernels, card_));
    return compiled;
  }

  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    const PathCompiled& own = cast(compiled);
    const std::vector<KindForecast> kinds = evaluate(model_, own);
    const std::vector<KindForecast> joules =
        energy_ ? evaluate(*energy_, *own.energy) : std::vector<KindForecast>();
    std::vector<KernelForecast> forecasts;
    forecasts.reserve(own.kinds.kind.size());
    for (std::size_t kind : own.kinds.kind) {
      const double width = std::exp(model_.kernel_quantile * kinds[kind].difficulty);
      const Place& place = own.located[kind].place;
      forecasts.push_back({.time = Seconds(kinds[kind].time),
                           .low = Seconds(kinds[kind].time / width),
                           .high = Seconds(kinds[kind].time * width),
                           .bound = own.bounds[kind],
                           .outside = place.path < 0 || place.excess > 0});
      if (energy_) forecasts.back().power = Watts(joules[kind].time / kinds[kind].time);
    }
    return forecasts;
  }

  TotalForecast predict_total(const Compiled& compiled) const override {
    const PathCompiled& own = cast(compiled);
    const std::vector<KindForecast> kinds = evaluate(model_, own);
    double sum = 0;
    for (std::size_t i = 0; i < kinds.size(); ++i) sum += own.kinds.count[i] * kinds[i].time;
    const double overhead = card_.run_overhead.value;
    const double width = std::exp(model_.network_quantile * network_scale(model_, own, kinds));
    const double total = sum + overhead;
    return {.time = Seconds(total), .low = Seconds(total / width), .high = Seconds(total * width)};
  }

  std::optional<EnergyForecast> predict_energy(const Compiled& compiled) const override {
    auto energy = energy_of_kernels(*this, compiled);
    if (!energy) return energy;
    const PathCompiled& own = *cast(compiled).energy;
    const double width =
        std::exp(energy_->network_quantile * network_scale(*energy_, own, evaluate(*energy_, own)));
    energy->low = energy->energy / width;
    energy->high = energy->energy * width;
    return energy;
  }

  nlohmann::json save() const override {
    nlohmann::json saved = saved_model(model_);
    if (energy_) saved["energy"] = saved_model(*energy_);
    return saved;
  }

 private:
  static const PathCompiled& cast(const Compiled& compiled) {
    const auto* own = dynamic_cast<const PathCompiled*>(&compiled);
    FORECOST_EXPECTS(own != nullptr, "kernels are predicted by the predictor that compiled them");
    return *own;
  }

  PathModel model_;
  std::optional<PathModel> energy_;
  device::Card card_;
};

}  // namespace

std::unique_ptr<Predictor> make_path_predictor(PathModel model, const device::Card& card,
                                               std::optional<PathModel> energy) {
  return std::make_unique<PathPredictor>(std::move(model), card, std::move(energy));
}

Result<std::unique_ptr<Predictor>> load_path_predictor(const nlohmann::json& saved,
                                                       const device::Card& card) {
  try {
    FORECOST_TRY(PathModel model, loaded_model(saved));
    std::optional<PathModel> energy;
    if (saved.contains("energy")) {
      FORECOST_TRY(energy, loaded_model(saved.at("energy")));
    }
    return make_path_predictor(std::move(model), card, std::move(energy));
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved path model is incomplete", broken.what(),
                 "calibrate again: forecost calibrate"};
  }
}

}  // namespace forecost::predictor
