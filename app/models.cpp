// SPDX-License-Identifier: Apache-2.0
#include "app/models.h"

#include <charconv>
#include <filesystem>
#include <string_view>

#include "forecost/network/reader.h"
#include "forecost/network/zoo.h"

namespace forecost::app {
namespace {

constexpr std::string_view zoo_prefix = "zoo:";

/// Value of "name=value"; 0 when it is not a positive number.
std::int64_t extent_in(std::string_view dim) {
  const std::size_t equals = dim.find('=');
  if (equals == std::string_view::npos || equals == 0) return 0;
  const std::string_view digits = dim.substr(equals + 1);
  std::int64_t extent = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), extent);
  return fault == std::errc() && end == digits.data() + digits.size() ? extent : 0;
}

std::string check_dim(const std::string& dim) {
  return extent_in(dim) > 0 ? "" : "'" + dim + "' is not name=value with a value above 0, as in sequence=128";
}

}  // namespace

void add_size_options(CLI::App& command, SizeOptions& options) {
  command.add_option("--dim", options.dims, "Size of a symbolic dimension; may be repeated")
      ->type_name("NAME=VALUE")
      ->check(CLI::Validator(check_dim, ""))
      ->allow_extra_args(false);
  command.add_option("--batch", options.batch, "First extent of every input")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

layer::Binding binding_of(const SizeOptions& options) {
  layer::Binding binding;
  for (const std::string& dim : options.dims) binding.symbols[dim.substr(0, dim.find('='))] = extent_in(dim);
  if (options.batch > 0) binding.batch = options.batch;
  return binding;
}

Result<network::Network> load_network(const std::string& model, const SizeOptions& options) {
  if (!is_built_in(model)) return network::read(std::filesystem::path(model));
  FORECOST_TRY(const network::ZooEntry* entry, network::find_zoo(model.substr(zoo_prefix.size())));
  network::ZooOptions sizes;
  if (options.batch > 0) sizes.batch = options.batch;
  for (const auto& [name, extent] : binding_of(options).symbols) {
    if (name == "sequence") sizes.sequence = extent;
  }
  network::Network network = entry->build(sizes);
  network.source = model;
  return network;
}

Result<layer::LayeredNetwork> load_layers(const std::string& model, const SizeOptions& options) {
  FORECOST_TRY(network::Network network, load_network(model, options));
  return layer::infer(std::move(network), binding_of(options));
}

bool is_built_in(const std::string& model) {
  return model.rfind(zoo_prefix, 0) == 0;
}

std::string short_name(const std::string& model) {
  return is_built_in(model) ? model.substr(zoo_prefix.size()) : std::filesystem::path(model).stem().string();
}

}  // namespace forecost::app
