// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/roof_loops.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace forecost::device {
namespace {

// 24 chains cover latency 4 times 2 units three times over; the empty asm keeps the compiler from folding
// rounds.
constexpr int chains = 24;
constexpr float scale = 0.999F, shift = 0.001F;  // x -> scale x + shift stays at 1: no denormals, no overflow

#if defined(__x86_64__)

__attribute__((target("avx512f"))) double multiply_add_avx512(std::int64_t rounds) {
  __m512 x[chains];
  const __m512 a = _mm512_set1_ps(scale), b = _mm512_set1_ps(shift);
#pragma GCC unroll 24
  for (auto& chain : x) chain = b;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (auto& chain : x) chain = _mm512_fmadd_ps(chain, a, b);
#pragma GCC unroll 24
    for (auto& chain : x) __asm__ volatile("" : "+v"(chain));
  }
  return static_cast<double>(rounds) * chains * 16 * 2;
}

constexpr int narrow_chains = 12;  // 16 registers: 12 chains, 2 constants

__attribute__((target("avx2,fma"))) double multiply_add_avx2(std::int64_t rounds) {
  __m256 x[narrow_chains];
  const __m256 a = _mm256_set1_ps(scale), b = _mm256_set1_ps(shift);
#pragma GCC unroll 12
  for (auto& chain : x) chain = b;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (auto& chain : x) chain = _mm256_fmadd_ps(chain, a, b);
#pragma GCC unroll 12
    for (auto& chain : x) __asm__ volatile("" : "+x"(chain));
  }
  return static_cast<double>(rounds) * narrow_chains * 8 * 2;
}

double multiply_add_sse(std::int64_t rounds) {
  __m128 x[narrow_chains];
  const __m128 a = _mm_set1_ps(scale), b = _mm_set1_ps(shift);
#pragma GCC unroll 12
  for (auto& chain : x) chain = b;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (auto& chain : x) chain = _mm_add_ps(_mm_mul_ps(chain, a), b);
#pragma GCC unroll 12
    for (auto& chain : x) __asm__ volatile("" : "+x"(chain));
  }
  return static_cast<double>(rounds) * narrow_chains * 4 * 2;
}

__attribute__((target("avx512f,avx512vnni"))) double int8_dot_avx512(std::int64_t rounds) {
  __m512i x[chains];
  const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-2);
#pragma GCC unroll 24
  for (auto& chain : x) chain = _mm512_setzero_si512();
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (auto& chain : x) chain = _mm512_dpbusd_epi32(chain, a, b);
#pragma GCC unroll 24
    for (auto& chain : x) __asm__ volatile("" : "+v"(chain));
  }
  return static_cast<double>(rounds) * chains * 64 * 2;
}

__attribute__((target("avx512f"))) void triad_avx512(float* a, const float* b, const float* c,
                                                     std::int64_t n) {
  const __m512 half = _mm512_set1_ps(0.5F);
  std::int64_t i = 0;
  for (; i + 32 <= n; i += 32) {
    _mm512_storeu_ps(a + i, _mm512_fmadd_ps(half, _mm512_loadu_ps(c + i), _mm512_loadu_ps(b + i)));
    _mm512_storeu_ps(a + i + 16,
                     _mm512_fmadd_ps(half, _mm512_loadu_ps(c + i + 16), _mm512_loadu_ps(b + i + 16)));
  }
  for (; i < n; ++i) a[i] = b[i] + 0.5F * c[i];
}

__attribute__((target("avx2,fma"))) void triad_avx2(float* a, const float* b, const float* c,
                                                    std::int64_t n) {
  const __m256 half = _mm256_set1_ps(0.5F);
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    _mm256_storeu_ps(a + i, _mm256_fmadd_ps(half, _mm256_loadu_ps(c + i), _mm256_loadu_ps(b + i)));
    _mm256_storeu_ps(a + i + 8,
                     _mm256_fmadd_ps(half, _mm256_loadu_ps(c + i + 8), _mm256_loadu_ps(b + i + 8)));
  }
  for (; i < n; ++i) a[i] = b[i] + 0.5F * c[i];
}

bool has_avx512() {
  return __builtin_cpu_supports("avx512f") != 0;
}
bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

#elif defined(__aarch64__)

double multiply_add_neon(std::int64_t rounds) {
  float32x4_t x[chains];
  const float32x4_t a = vdupq_n_f32(scale), b = vdupq_n_f32(shift);
#pragma GCC unroll 24
  for (int i = 0; i < chains; ++i) x[i] = b;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < chains; ++i) x[i] = vfmaq_f32(b, x[i], a);
#pragma GCC unroll 24
    for (int i = 0; i < chains; ++i) __asm__ volatile("" : "+w"(x[i]));
  }
  return static_cast<double>(rounds) * chains * 4 * 2;
}

#else

double multiply_add_plain(std::int64_t rounds) {
  float x[8] = {shift, shift, shift, shift, shift, shift, shift, shift};
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (float& value : x) value = value * scale + shift;
    __asm__ volatile("" : : "r"(x) : "memory");
  }
  return static_cast<double>(rounds) * 8 * 2;
}

#endif

void triad_plain(float* a, const float* b, const float* c, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) a[i] = b[i] + 0.5F * c[i];
}

}  // namespace

double multiply_add_loop(std::int64_t rounds) {
#if defined(__x86_64__)
  if (has_avx512()) return multiply_add_avx512(rounds);
  if (has_avx2()) return multiply_add_avx2(rounds);
  return multiply_add_sse(rounds);
#elif defined(__aarch64__)
  return multiply_add_neon(rounds);
#else
  return multiply_add_plain(rounds);
#endif
}

double int8_dot_loop([[maybe_unused]] std::int64_t rounds) {
#if defined(__x86_64__)
  if (has_avx512() && __builtin_cpu_supports("avx512vnni") != 0) return int8_dot_avx512(rounds);
#endif
  return 0;
}

double triad_loop(std::span<float> memory, std::int64_t passes) {
  const auto third = static_cast<std::int64_t>(memory.size()) / 3 / 16 * 16;
  float* a = memory.data();
  const float *b = a + third, *c = b + third;
  for (std::int64_t pass = 0; pass < passes; ++pass) {
#if defined(__x86_64__)
    if (has_avx512()) {
      triad_avx512(a, b, c, third);
    } else if (has_avx2()) {
      triad_avx2(a, b, c, third);
    } else {
      triad_plain(a, b, c, third);
    }
#else
    triad_plain(a, b, c, third);
#endif
    __asm__ volatile("" : : "r"(a) : "memory");
  }
  return static_cast<double>(passes) * static_cast<double>(third) * 12;
}

}  // namespace forecost::device
