// SPDX-License-Identifier: Apache-2.0
/// Made-up devices and networks lowered for them.
#pragma once

#include <memory>
#include <string>

#include "forecost/deployment/pieces.h"
#include "forecost/layer/kernel.h"
#include "forecost/predictor/family.h"

namespace forecost::deployment::tests {

/// `peak` operations per second and a fifth of that in bytes, by the roofline.
inline std::shared_ptr<const predictor::Predictor> machine(const std::string& name, double peak) {
  device::Card card;
  card.identity.name = name;
  card.identity.runtime = "onnxruntime";
  card.peak_operations = {{"float32", peak}};
  card.memory = {{"DRAM", Bytes(0), peak / 5}};
  card.run_overhead = Seconds(1e-5);
  return predictor::find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {}).value();
}

inline TimedKernels timed_on(const layer::LayeredNetwork& network, double peak) {
  const layer::Runtime& runtime = *layer::find_runtime("onnxruntime");
  return timed(layer::lower(network, runtime).value(), *machine("made-up", peak));
}

}  // namespace forecost::deployment::tests
