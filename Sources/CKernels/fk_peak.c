#include "fk_peak.h"

#include "fk_product.h"

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

// Each lane of an instruction sums two products, which makes 4 operations for each of 16 lanes.
enum { PEAK_BF16_CHAINS = 24, peak_bf16_flops = 4 * 16 * PEAK_BF16_CHAINS };

__attribute__((target("avx512f,avx512bf16")))
static float peak_bf16(int64_t rounds, float factor, float summand) {
  const __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(factor), _mm512_set1_ps(factor));
  const __m512bh b = _mm512_cvtne2ps_pbh(_mm512_set1_ps(summand), _mm512_set1_ps(summand));
  __m512 sums[PEAK_BF16_CHAINS], total = _mm512_setzero_ps();
  UNROLLED for (int i = 0; i < PEAK_BF16_CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
  for (int64_t round = 0; round < rounds; round++) {
    UNROLLED for (int i = 0; i < PEAK_BF16_CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], a, b);
  }
  UNROLLED for (int i = 0; i < PEAK_BF16_CHAINS; i++) total = _mm512_add_ps(total, sums[i]);
  return _mm512_reduce_add_ps(total);
}
#else
PEAK_LOOP(peak_portable, 4, 24)
#endif

typedef struct {
  const char *name;
  float (*run)(int64_t rounds, float factor, float summand);
  double flops;
} peak_loop;

static peak_loop best_loop(fk_type type) {
#if defined(__x86_64__)
  if (type == FK_BFLOAT16 && fk_has_bf16()) return (peak_loop){"AVX512_BF16", peak_bf16, peak_bf16_flops};
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

// Factor and summand are arguments, so that the compiler cannot compute the result itself.
float fk_peak_run(fk_type type, int64_t rounds) { return best_loop(type).run(rounds, 0.999f, 0.001f); }

double fk_peak_flops(fk_type type, int64_t rounds) { return best_loop(type).flops * (double)rounds; }

const char *fk_peak_instructions(fk_type type) { return best_loop(type).name; }
