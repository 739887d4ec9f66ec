// SPDX-License-Identifier: Apache-2.0
/// From a model on the command line to its prediction on a calibrated device.
#pragma once

#include <string>

#include "app/devices.h"
#include "app/models.h"
#include "forecost/layer/kernel.h"
#include "forecost/prediction/prediction.h"

namespace forecost::app {

/// How a network is lowered to kernels.
struct LoweringOptions {
  std::string by = "auto";  ///< "auto", "rules" or "runtime"
  std::string library;      ///< the runtime's shared library; empty: search
};

/// Adds --lowering and --library.
void add_lowering_options(CLI::App& command, LoweringOptions& options);

/// A predictor of the device: the saved one, or another family fitted to the same measurements.
/// Fails: `not_found` for an unknown family.
Result<std::unique_ptr<predictor::Predictor>> predictor_of(const Session& session, const std::string& device,
                                                           const std::string& family);

/// Kernels of a network as the device's runtime runs them. "runtime": by the runtime's own optimised graph,
/// which is kept in the home folder for the next time. "rules": by ours. "auto": by the runtime's where it is
/// kept, or where the device's runtime is here to be asked; else by rules. Which one it was, `source` of the
/// result says. Fails: as the reader and the rules do; with "runtime" also as the runner does.
Result<layer::LoweredNetwork> lower_for(const Session& session, const layer::LayeredNetwork& network,
                                        const SizeOptions& sizes, const device::Identity& identity,
                                        const LoweringOptions& options);

/// The model as a runner takes it: a file, or the bytes of a zoo network in `bytes`, which must outlive the
/// result.
Result<device::Model> runnable(const network::Network& network, const SizeOptions& sizes, std::string& bytes);

}  // namespace forecost::app
