// SPDX-License-Identifier: Apache-2.0
/// A predictor around another one: all is the inner one's, but what a derived class says itself.
#pragma once

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "forecost/predictor/family.h"

namespace forecost::predictor {

class WrappedPredictor : public Predictor {
 public:
  explicit WrappedPredictor(std::unique_ptr<Predictor> inner) : inner_(std::move(inner)) {
    FORECOST_EXPECTS(inner_ != nullptr, "there is a predictor to wrap");
  }

  std::string_view family() const override { return inner_->family(); }
  const device::Card& card() const override { return inner_->card(); }
  std::unique_ptr<const Compiled> compile(std::span<const layer::Kernel> kernels) const override {
    return inner_->compile(kernels);
  }
  std::vector<KernelForecast> predict(const Compiled& compiled) const override {
    return inner_->predict(compiled);
  }
  TotalForecast predict_total(const Compiled& compiled) const override {
    return inner_->predict_total(compiled);
  }
  std::optional<EnergyForecast> predict_energy(const Compiled& compiled) const override {
    return inner_->predict_energy(compiled);
  }
  std::string energy_source() const override { return inner_->energy_source(); }
  std::vector<EnergyPart> energy_parts(const Compiled& compiled) const override {
    return inner_->energy_parts(compiled);
  }
  std::vector<Warning> warnings(std::span<const layer::Kernel> kernels) const override {
    return inner_->warnings(kernels);
  }
  std::vector<ReadableTerm> terms() const override { return inner_->terms(); }
  double pace() const override { return inner_->pace(); }
  nlohmann::json save() const override { return inner_->save(); }

 protected:
  const Predictor& inner() const { return *inner_; }

 private:
  std::unique_ptr<Predictor> inner_;
};

}  // namespace forecost::predictor
