// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "forecost/device/device.h"
#include "forecost/device/proc_text.h"

namespace forecost::device {
namespace {

/// The widest set that this program's machine has, in the terms that decide which kernels a runtime picks.
const char* instruction_set() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vnni")) return "avx512_vnni";
  if (__builtin_cpu_supports("avx512f")) return "avx512f";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
  if (__builtin_cpu_supports("avx")) return "avx";
  return "sse2";
#elif defined(__aarch64__)
#if defined(__ARM_FEATURE_SVE)
  return "sve";
#else
  return "neon";
#endif
#else
  return "generic";
#endif
}

}  // namespace

Identity identify_processor(const System& system) {
  Identity identity;
  const auto cpuinfo = system.read_text("/proc/cpuinfo");
  const auto field = [&](const char* key) {
    return cpuinfo ? cpuinfo_field(*cpuinfo, key) : std::optional<std::string>();
  };
  if (const auto model = field("model name")) {
    identity.processor = *model;
    const auto family = field("cpu family"), number = field("model");
    if (family && number) identity.processor += fmt::format(", family {} model {}", *family, *number);
  } else if (const auto part = field("CPU part")) {  // aarch64 has numbers only
    identity.processor = fmt::format("implementer {} part {}", field("CPU implementer").value_or("?"), *part);
  } else {
    identity.processor = "unknown";
  }
  identity.cores = std::max(1, static_cast<int>(system.allowed_cores().size()));
  identity.instruction_set = instruction_set();
  return identity;
}

}  // namespace forecost::device
