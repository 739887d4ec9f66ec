// SPDX-License-Identifier: Apache-2.0
#include "app/graph_cache.h"

#include <cstdint>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "forecost/network/reader.h"
#include "forecost/network/writer.h"

namespace forecost::app {
namespace {

constexpr std::string_view key_version = "1";  // raise it when keys or what is kept change meaning

/// FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325U) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::filesystem::path file_of(const Session& session, const std::string& key) {
  return session.home / "graphs" / (key + ".onnx");
}

}  // namespace

Result<std::string> graph_key(const network::Network& network, const SizeOptions& sizes,
                              const device::Identity& identity) {
  FORECOST_TRY(const std::string structure, network::serialise(network, network::Payload::hollow));
  const layer::Binding binding = binding_of(sizes);
  std::string setting = fmt::format(
      "{}|{}|{}|{}|{}|{}|{}", key_version, identity.runtime, identity.runtime_version, identity.runtime_build,
      identity.instruction_set, identity.settings.threads, binding.batch.value_or(0));
  for (const auto& [name, extent] : binding.symbols) setting += fmt::format("|{}={}", name, extent);
  return fmt::format("{:016x}", hash_of(structure, hash_of(setting)));
}

std::optional<network::Network> cached_graph(const Session& session, const std::string& key) {
  const std::filesystem::path file = file_of(session, key);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  Result<network::Network> network = network::read(file);
  return network ? std::optional(*std::move(network)) : std::nullopt;
}

void keep_graph(const Session& session, const std::string& key, const network::Network& optimised) {
  const std::filesystem::path file = file_of(session, key);
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  [[maybe_unused]] const Status written = network::write(optimised, file, network::Payload::hollow);
}

}  // namespace forecost::app
