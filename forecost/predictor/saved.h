// SPDX-License-Identifier: Apache-2.0
/// Predictors as versioned files: family name, format version, device, provenance, content
/// (docs/formats/predictor.md).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "forecost/predictor/family.h"
#include "forecost/predictor/pace.h"
#include "forecost/predictor/power_model.h"
#include "forecost/predictor/validation.h"

namespace forecost::predictor {

struct Provenance {
  std::string created;  ///< ISO 8601, UTC
  std::string command;
  std::string forecost_version;
  int kernels = 0;
  int networks = 0;
};

struct SavedPredictor {
  std::unique_ptr<Predictor> predictor;  ///< at the pace, where there is one
  std::optional<Pace> pace;
  std::optional<PowerModel> power;  ///< in the predictor's forecasts
  Provenance provenance;
  std::optional<Validation> validation;
};

/// Atomic: the file is complete or as it was before.
Status save(const Predictor& predictor, const Provenance& provenance,
            const std::optional<Validation>& validation, const std::filesystem::path& file,
            const std::optional<PowerModel>& power = std::nullopt);
/// Fails: `not_found`; `bad_input` for another kind of file; `unsupported` for a family or format this build
/// does not know (the hint says which command makes a new one).
Result<SavedPredictor> load(const std::filesystem::path& file);

/// Keeps a pace beside a saved predictor, for every later `load`; saving anew forgets it. Atomic, as `save`.
Status save_pace(const Pace& pace, const std::filesystem::path& file);

}  // namespace forecost::predictor
