#include "fk_product.h"

#include "fk_element.h"
#include "fk_panels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
#define UNROLL _Pragma("clang loop unroll(full)")

int fk_has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("fma");
}

int fk_has_bf16(void) { return fk_has_avx512() && __builtin_cpu_supports("avx512bf16"); }

enum {
  AHEAD = 16 * FK_SLAB,  // distance of prefetches in a slab, in lanes
  LINE_ROWS = 8,         // rows of a result that a line kernel computes
};

typedef void (*panel_kernel)(
    int64_t depth, const float *a, const float *b, void *c, fk_type type, int64_t ldc, __mmask16 m0,
    __mmask16 m1);

typedef void (*line_kernel)(
    int64_t depth, const float *a, const float *b, float *c, int64_t ldc, int64_t rows, __mmask16 m0,
    __mmask16 m1, int accumulate);

// Prefetches the cache lines of one row of a result, for writing.
FK_INLINE void fetch(const void *c, fk_type type, int64_t at) {
  const char *row = fk_at(c, type, at);
  __builtin_prefetch(row, 1, 3);
  if (type == FK_FLOAT32) __builtin_prefetch(row + 4 * FK_LINE, 1, 3);
}

__attribute__((target(AVX512))) FK_INLINE void store_float(
    void *c, fk_type type, int64_t at, __mmask16 mask, __m512 v) {
  if (type == FK_FLOAT32) {
    _mm512_mask_storeu_ps((float *)c + at, mask, v);
  } else {
    const __m512i bits = _mm512_castps_si512(v), one = _mm512_set1_epi32(1);
    const __m512i even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), one);
    __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), even);
    const __mmask16 is_nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded = _mm512_mask_or_epi32(rounded, is_nan, bits, _mm512_set1_epi32(0x400000));
    const __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
    _mm256_mask_storeu_epi16((fk_bf16 *)c + at, mask, halves);
  }
}

__attribute__((target(AVX512 ",avx512bf16"))) FK_INLINE void store_pairs(
    void *c, fk_type type, int64_t at, __mmask16 mask, __m512 v) {
  if (type == FK_FLOAT32) _mm512_mask_storeu_ps((float *)c + at, mask, v);
  else _mm256_mask_storeu_epi16((fk_bf16 *)c + at, mask, (__m256i)_mm512_cvtneps_pbh(v));
}

#define NAME(x) x##_float
#define TARGET __attribute__((target(AVX512)))
#define MULTIPLY_ADD(a, b, sum) _mm512_fmadd_ps(a, b, sum)
#include "fk_product_kernels.h"

#define NAME(x) x##_pairs
#define TARGET __attribute__((target(AVX512 ",avx512bf16")))
#define MULTIPLY_ADD(a, b, sum) _mm512_dpbf16_ps(sum, (__m512bh)(a), (__m512bh)(b))
#include "fk_product_kernels.h"

// Mask of the columns of a half slab that exist, for `columns` columns from its first on.
static __mmask16 half_mask(int64_t columns) {
  return columns >= FK_LINE ? 0xFFFF : columns <= 0 ? 0 : (__mmask16)((1u << columns) - 1);
}

// The panel product for either type of operands; `depth` is in lanes.
static void panel_product(
    const panel_kernel *kernels, const float *a, int64_t rows, int64_t depth, const float *b,
    int64_t columns, void *c, fk_type type, int64_t ldc) {
  const int64_t height = fk_panel_height(rows), lined = fk_lined(depth);
  for (int64_t n = 0; n < columns; n += FK_SLAB, b += FK_SLAB * depth) {
    const __mmask16 m0 = half_mask(columns - n), m1 = half_mask(columns - n - FK_LINE);
    for (int64_t r = 0; r < rows; r += height) {
      const int64_t here = rows - r < height ? rows - r : height;
      void *to = fk_at_mutable(c, type, r * ldc + n);
      kernels[here - 1](depth, a + r * lined, b, to, type, ldc, m0, m1);
    }
  }
}

static void line_product(
    line_kernel kernel, const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns,
    float *c, int64_t ldc, int accumulate) {
  for (int64_t n = 0; n < columns; n += FK_SLAB, b += FK_SLAB * depth) {
    const __mmask16 m0 = half_mask(columns - n), m1 = half_mask(columns - n - FK_LINE);
    for (int64_t r = 0; r < rows; r += LINE_ROWS) {
      const float *lines = a + r / FK_LINE * FK_LINE * depth + r % FK_LINE;
      kernel(depth, lines, b, c + r * ldc + n, ldc, rows - r, m0, m1, accumulate);
    }
  }
}

void fk_panel_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, void *c, fk_type type,
    int64_t ldc) {
  panel_product(panel_kernels_float, a, rows, depth, b, columns, c, type, ldc);
}

void fk_panel_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, void *c, fk_type type,
    int64_t ldc) {
  const float *pairs_a = (const float *)a, *pairs_b = (const float *)b;
  panel_product(panel_kernels_pairs, pairs_a, rows, (depth + 1) / 2, pairs_b, columns, c, type, ldc);
}

void fk_line_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc,
    int accumulate) {
  line_product(line_kernel_float, a, rows, depth, b, columns, c, ldc, accumulate);
}

void fk_line_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, float *c, int64_t ldc,
    int accumulate) {
  const float *pairs_a = (const float *)a, *pairs_b = (const float *)b;
  line_product(line_kernel_pairs, pairs_a, rows, (depth + 1) / 2, pairs_b, columns, c, ldc, accumulate);
}

#else

int fk_has_avx512(void) { return 0; }

int fk_has_bf16(void) { return 0; }

void fk_panel_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, void *c, fk_type type,
    int64_t ldc) {
  __builtin_trap();
}

void fk_panel_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, void *c, fk_type type,
    int64_t ldc) {
  __builtin_trap();
}

void fk_line_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc,
    int accumulate) {
  __builtin_trap();
}

void fk_line_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, float *c, int64_t ldc,
    int accumulate) {
  __builtin_trap();
}

#endif
