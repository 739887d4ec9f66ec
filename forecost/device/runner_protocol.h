// SPDX-License-Identifier: Apache-2.0
/// The JSON lines between Forecost and a program that runs networks (docs/formats/runner.md).
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "forecost/device/runner.h"
#include "forecost/outcome/outcome.h"

namespace forecost::device {

inline constexpr int runner_protocol_version = 1;

/// {"format": "forecost.runner", "version": 1, "ask": "identity", "settings": {...}}
nlohmann::json identity_question(const Settings& settings, const std::string& provider);
/// ... "ask": "measure" with the network's file and what to measure; `model.file` must be set.
nlohmann::json measure_question(const Model& model, const MeasureRequest& request,
                                const std::string& provider);

/// Collects an answer line by line.
class Answer {
 public:
  /// `program` is named in errors.
  explicit Answer(std::string program) : program_(std::move(program)) {}

  /// Fails, naming the line: `bad_input` for what is no JSON object, for a value of another kind, and for
  /// times, energies or sizes that are negative or no numbers; `unsupported` for another version; `failed`
  /// with the program's own words for {"failure": "..."}.
  Status take(const std::string& line);

  int lines() const { return lines_; }
  bool done() const { return done_; }                                    ///< {"done": true} was said
  const std::optional<Identity>& identity() const { return identity_; }  ///< settings left as they are
  const Measured& measured() const { return measured_; }

 private:
  Status greet(const nlohmann::json& line);
  Status take_times(const nlohmann::json& line);
  Status take_nodes(const nlohmann::json& line);
  Status take_rest(const nlohmann::json& line);
  Status take_energy(const nlohmann::json& energy);
  Status take_graph(const nlohmann::json& file);
  Error wrong(const std::string& what) const;
  Result<double> amount(const nlohmann::json& value, const std::string& key) const;

  std::string program_;
  int lines_ = 0;
  bool done_ = false;
  std::optional<Identity> identity_;
  Measured measured_;
};

}  // namespace forecost::device
