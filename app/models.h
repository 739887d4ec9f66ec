// SPDX-License-Identifier: Apache-2.0
/// Networks named on the command line: ONNX files, or zoo:NAME for one that is built in.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "forecost/layer/layer.h"
#include "forecost/outcome/outcome.h"

namespace forecost::app {

/// Sizes for what a file leaves open.
struct SizeOptions {
  std::vector<std::string> dims;  ///< "name=value"
  std::int64_t batch = 0;         ///< 0: as the file says, 1 where it says nothing
};

/// Adds --dim and --batch. Malformed values are wrong usage.
void add_size_options(CLI::App& command, SizeOptions& options);

layer::Binding binding_of(const SizeOptions& options);

/// Fails: as network::read and network::find_zoo do.
Result<network::Network> load_network(const std::string& model, const SizeOptions& options);
/// The same with shapes.
Result<layer::LayeredNetwork> load_layers(const std::string& model, const SizeOptions& options);

/// The model is built by the zoo, there is no file.
bool is_built_in(const std::string& model);

/// "resnet50" of "some/folder/resnet50.onnx" and of "zoo:resnet50".
std::string short_name(const std::string& model);

}  // namespace forecost::app
