#include "fk_peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma clang fp contract(fast)
#define UNROLLED _Pragma("clang loop unroll(full)")

// Enough chains to hide the latency of a multiply-add on two ports, few enough to stay in registers.
#define PEAK_LOOP(NAME, LANES, CHAINS)                                                                       \
  typedef float NAME##_vector __attribute__((vector_size(4 * LANES)));                                       \
  enum { NAME##_flops = 2 * LANES * CHAINS };                                                                \
  static float NAME(int64_t rounds, float factor, float summand) {                                           \
    NAME##_vector sums[CHAINS], total = {};                                                                  \
    UNROLLED for (int i = 0; i < CHAINS; i++) sums[i] = total + (float)i;                                    \
    for (int64_t round = 0; round < rounds; round++) {                                                       \
      UNROLLED for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * factor + summand;                        \
    }                                                                                                        \
    UNROLLED for (int i = 0; i < CHAINS; i++) total += sums[i];                                              \
    float result = 0;                                                                                        \
    for (int lane = 0; lane < LANES; lane++) result += total[lane];                                          \
    return result;                                                                                           \
  }

#if defined(__x86_64__)
PEAK_LOOP(peak_portable, 4, 12)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
PEAK_LOOP(peak_avx2, 8, 12)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
PEAK_LOOP(peak_avx512, 16, 24)
#pragma clang attribute pop
#else
PEAK_LOOP(peak_portable, 4, 24)
#endif

typedef struct {
  const char *name;
  float (*run)(int64_t rounds, float factor, float summand);
  double flops;
} peak_loop;

static peak_loop best_loop(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return (peak_loop){"AVX-512", peak_avx512, peak_avx512_flops};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return (peak_loop){"AVX2", peak_avx2, peak_avx2_flops};
  return (peak_loop){"SSE", peak_portable, peak_portable_flops};
#elif defined(__aarch64__)
  return (peak_loop){"NEON", peak_portable, peak_portable_flops};
#else
  return (peak_loop){"base", peak_portable, peak_portable_flops};
#endif
}

// Factor and summand come from outside, so that the compiler cannot work out the result.
float fk_peak_run(int64_t rounds) { return best_loop().run(rounds, 0.999f, 0.001f); }

double fk_peak_flops(int64_t rounds) { return best_loop().flops * (double)rounds; }

const char *fk_peak_instructions(void) { return best_loop().name; }

enum { PAIR_CHAINS = 24, PAIR_FLOPS = 2 * 32 * PAIR_CHAINS };

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bf16"))) static float peak_bf16(int64_t rounds, float value) {
  const __m512bh a = (__m512bh)_mm512_set1_ps(value), b = (__m512bh)_mm512_set1_ps(-value);
  __m512 sums[PAIR_CHAINS], total = _mm512_setzero_ps();
  UNROLLED for (int i = 0; i < PAIR_CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
  for (int64_t round = 0; round < rounds; round++) {
    UNROLLED for (int i = 0; i < PAIR_CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], a, b);
  }
  UNROLLED for (int i = 0; i < PAIR_CHAINS; i++) total += sums[i];
  return _mm512_reduce_add_ps(total);
}

float fk_peak_run_bf16(int64_t rounds) { return peak_bf16(rounds, 0.999f); }
#else
float fk_peak_run_bf16(int64_t rounds) { __builtin_trap(); }
#endif

double fk_peak_flops_bf16(int64_t rounds) { return (double)PAIR_FLOPS * (double)rounds; }
