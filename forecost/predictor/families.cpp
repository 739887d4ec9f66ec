// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/family.h"

namespace forecost::predictor {

std::string_view name_of(Bound bound) {
  switch (bound) {
    case Bound::compute:
      return "compute";
    case Bound::memory:
      return "memory";
    case Bound::overhead:
      return "overhead";
  }
  return "overhead";
}

const Family* find_family(std::string_view name) {
  for (const Family& family : family_list()) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

std::optional<EnergyForecast> Predictor::predict_energy(const Compiled& compiled) const {
  return energy_of_kernels(*this, compiled);
}

std::optional<EnergyForecast> energy_of_kernels(const Predictor& predictor, const Compiled& compiled) {
  Joules kernels;
  Seconds time;
  for (const KernelForecast& forecast : predictor.predict(compiled)) {
    if (!forecast.power) return std::nullopt;
    kernels += Joules(forecast.power->value * forecast.time.value);
    time += forecast.time;
  }
  if (!(time.value > 0)) return std::nullopt;
  const Joules energy = kernels * (predictor.predict_total(compiled).time / time);
  return EnergyForecast{.energy = energy, .low = energy, .high = energy};
}

}  // namespace forecost::predictor
