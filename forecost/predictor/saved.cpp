// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/saved.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/device/card_json.h"
#include "forecost/record/versioned_file.h"

namespace forecost::predictor {
namespace {

constexpr record::FileKind kind{.format = "forecost.predictor", .version = 2, .remake = "forecost calibrate"};

nlohmann::json to_json(const ErrorSummary& s) {
  return {{"count", s.count},         {"mape", s.mape},         {"weighted_mape", s.weighted_mape},
          {"median", s.median},       {"rmspe", s.rmspe},       {"within_5", s.within_5},
          {"within_10", s.within_10}, {"spearman", s.spearman}, {"bias", s.bias},
          {"coverage", s.coverage}};
}

ErrorSummary summary_from(const nlohmann::json& saved) {
  return {.count = saved.at("count").get<int>(),
          .mape = saved.at("mape").get<double>(),
          .weighted_mape = saved.at("weighted_mape").get<double>(),
          .median = saved.at("median").get<double>(),
          .rmspe = saved.at("rmspe").get<double>(),
          .within_5 = saved.at("within_5").get<double>(),
          .within_10 = saved.at("within_10").get<double>(),
          .spearman = saved.at("spearman").get<double>(),
          .bias = saved.at("bias").get<double>(),
          .coverage = saved.at("coverage").get<double>()};
}

nlohmann::json to_json(const Validation& validation) {
  nlohmann::json by_path = nlohmann::json::object();
  for (const auto& [path, summary] : validation.by_path) by_path[path] = to_json(summary);
  return {{"folds", validation.folds},
          {"kernels", to_json(validation.kernels)},
          {"networks", to_json(validation.networks)},
          {"by_path", std::move(by_path)}};
}

Validation validation_from(const nlohmann::json& saved, std::string family) {
  Validation validation{.family = std::move(family),
                        .folds = saved.at("folds").get<int>(),
                        .kernels = summary_from(saved.at("kernels")),
                        .networks = summary_from(saved.at("networks")),
                        .by_path = {}};
  for (const auto& [path, summary] : saved.at("by_path").items())
    validation.by_path[path] = summary_from(summary);
  return validation;
}

}  // namespace

Status save(const Predictor& predictor, const Provenance& provenance,
            const std::optional<Validation>& validation, const std::filesystem::path& file,
            const std::optional<PowerModel>& power) {
  const Family* family = find_family(predictor.family());
  FORECOST_EXPECTS(family != nullptr, "a predictor's family is in families.txt");
  nlohmann::json content{{"family", family->name},
                         {"family_format", family->format},
                         {"device", device::to_json(predictor.card())},
                         {"provenance",
                          {{"created", provenance.created},
                           {"command", provenance.command},
                           {"forecost_version", provenance.forecost_version},
                           {"kernels", provenance.kernels},
                           {"networks", provenance.networks}}},
                         {"content", predictor.save()}};
  if (validation) content["validation"] = to_json(*validation);
  if (power) content["power"] = to_json(*power);
  return record::write_versioned(file, kind, std::move(content));
}

Result<SavedPredictor> load(const std::filesystem::path& file) {
  FORECOST_TRY(const nlohmann::json content, record::read_versioned(file, kind));
  const std::string remake = "make a new one: forecost calibrate";
  try {
    const auto name = content.at("family").get<std::string>();
    const auto format = content.at("family_format").get<int>();
    const Family* family = find_family(name);
    if (family == nullptr) {
      return Error{Fault::unsupported, fmt::format("predictor family '{}' is not known to this build", name),
                   file.string(), remake + " (forecost list families shows what there is)"};
    }
    if (format != family->format) {
      return Error{Fault::unsupported,
                   fmt::format("{} format {}, this build reads format {}", name, format, family->format),
                   file.string(), remake};
    }
    FORECOST_TRY(const device::Card card, device::card_from_json(content.at("device")));
    SavedPredictor saved;
    FORECOST_TRY(saved.predictor, family->load(content.at("content"), card));
    const auto& provenance = content.at("provenance");
    provenance.at("created").get_to(saved.provenance.created);
    provenance.at("command").get_to(saved.provenance.command);
    provenance.at("forecost_version").get_to(saved.provenance.forecost_version);
    provenance.at("kernels").get_to(saved.provenance.kernels);
    provenance.at("networks").get_to(saved.provenance.networks);
    if (content.contains("pace")) {
      saved.pace = pace_from(content.at("pace"));
      if (!(saved.pace->factor > 0)) {
        return Error{Fault::bad_input, fmt::format("the pace is {}, not above 0", saved.pace->factor),
                     file.string(), "measure it again: forecost calibrate --refresh"};
      }
      saved.predictor = at_pace(std::move(saved.predictor), saved.pace->factor);
    }
    if (content.contains("power")) {
      saved.power = power_from(content.at("power"));
      saved.predictor = with_power(std::move(saved.predictor), *saved.power);
    }
    if (content.contains("validation")) saved.validation = validation_from(content.at("validation"), name);
    return saved;
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, fmt::format("the predictor file is incomplete: {}", broken.what()),
                 file.string(), remake};
  }
}

Status save_pace(const Pace& pace, const std::filesystem::path& file) {
  FORECOST_TRY(nlohmann::json content, record::read_versioned(file, kind));
  content["pace"] = to_json(pace);
  return record::write_versioned(file, kind, std::move(content));
}

}  // namespace forecost::predictor
