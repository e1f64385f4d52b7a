#include "fk_product.h"

#include "fk_panels.h"
#include "fk_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FK_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define UNROLL _Pragma("clang loop unroll(full)")

int fk_has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("fma");
}

enum { AHEAD = 16 * FK_SLAB };  // floats of a slab fetched ahead of their use

// sums += a · b for `steps` steps of the depth: row r of a at a[r * row + k * step].
#define ACCUMULATE(height, steps, row, step)                       \
  UNROLL for (int u = 0; u < (steps); u++) {                       \
    const __m512 b0 = _mm512_loadu_ps(b + u * FK_SLAB);            \
    const __m512 b1 = _mm512_loadu_ps(b + u * FK_SLAB + FK_LINE);  \
    _mm_prefetch((const char *)(b + u * FK_SLAB + AHEAD), _MM_HINT_T0);            \
    _mm_prefetch((const char *)(b + u * FK_SLAB + FK_LINE + AHEAD), _MM_HINT_T0);  \
    UNROLL for (int r = 0; r < (height); r++) {                    \
      const __m512 v = _mm512_set1_ps(a[r * (row) + u * (step)]);  \
      sums[r][0] = _mm512_fmadd_ps(v, b0, sums[r][0]);             \
      sums[r][1] = _mm512_fmadd_ps(v, b1, sums[r][1]);             \
    }                                                              \
  }

#define CLEAR(height) \
  UNROLL for (int r = 0; r < (height); r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();

typedef void (*panel_kernel)(
    int64_t depth, const float *a, const float *b, float *c, int64_t ldc, __mmask16 m0, __mmask16 m1);

#define PANEL_KERNEL(HEIGHT)                                                                         \
  FK_AVX512 static void panel_##HEIGHT(                                                              \
      int64_t depth, const float *a, const float *b, float *c, int64_t ldc, __mmask16 m0,            \
      __mmask16 m1) {                                                                                \
    __m512 sums[HEIGHT][2];                                                                          \
    CLEAR(HEIGHT)                                                                                    \
    UNROLL for (int r = 0; r < HEIGHT; r++) {                                                        \
      __builtin_prefetch(c + r * ldc, 1, 3);                                                         \
      __builtin_prefetch(c + r * ldc + FK_LINE, 1, 3);                                               \
    }                                                                                                \
    for (int64_t k = 0; k + FK_LINE <= depth; k += FK_LINE) {                                        \
      for (int q = 0; q < FK_LINE; q += 4, a += 4, b += 4 * FK_SLAB) ACCUMULATE(HEIGHT, 4, FK_LINE, 1) \
      a += (HEIGHT - 1) * FK_LINE;                                                                   \
    }                                                                                                \
    for (int64_t k = 0; k < depth % FK_LINE; k++, a++, b += FK_SLAB) ACCUMULATE(HEIGHT, 1, FK_LINE, 1) \
    UNROLL for (int r = 0; r < HEIGHT; r++) {                                                        \
      _mm512_mask_storeu_ps(c + r * ldc, m0, sums[r][0]);                                            \
      _mm512_mask_storeu_ps(c + r * ldc + FK_LINE, m1, sums[r][1]);                                  \
    }                                                                                                \
  }

PANEL_KERNEL(1) PANEL_KERNEL(2) PANEL_KERNEL(3) PANEL_KERNEL(4) PANEL_KERNEL(5) PANEL_KERNEL(6)
PANEL_KERNEL(7) PANEL_KERNEL(8) PANEL_KERNEL(9) PANEL_KERNEL(10) PANEL_KERNEL(11) PANEL_KERNEL(12)
PANEL_KERNEL(13) PANEL_KERNEL(14)

static const panel_kernel panel_kernels[FK_PANEL_ROWS] = {
    panel_1, panel_2, panel_3,  panel_4,  panel_5,  panel_6,  panel_7,
    panel_8, panel_9, panel_10, panel_11, panel_12, panel_13, panel_14};

// Columns of a half slab that exist.
static __mmask16 half_mask(int64_t columns) {
  return columns >= FK_LINE ? 0xFFFF : columns <= 0 ? 0 : (__mmask16)((1u << columns) - 1);
}

void fk_panel_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc) {
  const int64_t height = fk_panel_height(rows), lined = fk_lined(depth);
  for (int64_t n = 0; n < columns; n += FK_SLAB, b += FK_SLAB * depth) {
    const __mmask16 m0 = half_mask(columns - n), m1 = half_mask(columns - n - FK_LINE);
    for (int64_t r = 0; r < rows; r += height) {
      const int64_t here = rows - r < height ? rows - r : height;
      panel_kernels[here - 1](depth, a + r * lined, b, c + r * ldc + n, ldc, m0, m1);
    }
  }
}

enum { LINE_ROWS = 8 };

FK_AVX512 static void line_kernel(
    int64_t depth, const float *a, const float *b, float *c, int64_t ldc, int64_t rows, __mmask16 m0,
    __mmask16 m1, int accumulate) {
  __m512 sums[LINE_ROWS][2];
  CLEAR(LINE_ROWS)
  for (int r = 0; r < rows; r++) {
    __builtin_prefetch(c + r * ldc, 1, 3);
    __builtin_prefetch(c + r * ldc + FK_LINE, 1, 3);
  }
  int64_t k = 0;
  for (; k + 4 <= depth; k += 4, a += 4 * FK_LINE, b += 4 * FK_SLAB) ACCUMULATE(LINE_ROWS, 4, 1, FK_LINE)
  for (; k < depth; k++, a += FK_LINE, b += FK_SLAB) ACCUMULATE(LINE_ROWS, 1, 1, FK_LINE)
  UNROLL for (int r = 0; r < LINE_ROWS; r++) {
    if (r >= rows) break;
    float *to = c + r * ldc;
    if (accumulate) {
      sums[r][0] = _mm512_add_ps(_mm512_maskz_loadu_ps(m0, to), sums[r][0]);
      sums[r][1] = _mm512_add_ps(_mm512_maskz_loadu_ps(m1, to + FK_LINE), sums[r][1]);
    }
    _mm512_mask_storeu_ps(to, m0, sums[r][0]);
    _mm512_mask_storeu_ps(to + FK_LINE, m1, sums[r][1]);
  }
}

void fk_line_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc,
    int accumulate) {
  for (int64_t n = 0; n < columns; n += FK_SLAB, b += FK_SLAB * depth) {
    const __mmask16 m0 = half_mask(columns - n), m1 = half_mask(columns - n - FK_LINE);
    for (int64_t r = 0; r < rows; r += LINE_ROWS) {
      const float *lines = a + r / FK_LINE * FK_LINE * depth + r % FK_LINE;
      line_kernel(depth, lines, b, c + r * ldc + n, ldc, rows - r, m0, m1, accumulate);
    }
  }
}

#else

int fk_has_avx512(void) { return 0; }

void fk_panel_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc) {
  __builtin_trap();
}

void fk_line_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc,
    int accumulate) {
  __builtin_trap();
}

#endif
