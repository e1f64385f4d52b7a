// Kernels of matrix products for one type of operands. A lane of 32 bits holds a float or a pair of bfloat16. Define
// NAME(x), TARGET and MULTIPLY_ADD(a, b, sum) before including this file.

// sums += a · b for `steps` lanes of the depth; lane k of row r of a is at a[r * row + k * step].
#define ACCUMULATE(height, steps, row, step)                                       \
  UNROLL for (int u = 0; u < (steps); u++) {                                       \
    const __m512 b0 = _mm512_loadu_ps(b + u * FK_SLAB);                            \
    const __m512 b1 = _mm512_loadu_ps(b + u * FK_SLAB + FK_LINE);                  \
    _mm_prefetch((const char *)(b + u * FK_SLAB + AHEAD), _MM_HINT_T0);            \
    _mm_prefetch((const char *)(b + u * FK_SLAB + FK_LINE + AHEAD), _MM_HINT_T0);  \
    UNROLL for (int r = 0; r < (height); r++) {                                    \
      const __m512 v = _mm512_set1_ps(a[r * (row) + u * (step)]);                  \
      sums[r][0] = MULTIPLY_ADD(v, b0, sums[r][0]);                                \
      sums[r][1] = MULTIPLY_ADD(v, b1, sums[r][1]);                                \
    }                                                                              \
  }

#define CLEAR(height) \
  UNROLL for (int r = 0; r < (height); r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();

#define PANEL_KERNEL(HEIGHT)                                                                              \
  TARGET static void NAME(panel_##HEIGHT)(                                                                \
      int64_t depth, const float *a, const float *b, void *c, fk_type type, int64_t ldc, __mmask16 m0,    \
      __mmask16 m1) {                                                                                     \
    __m512 sums[HEIGHT][2];                                                                               \
    CLEAR(HEIGHT)                                                                                         \
    UNROLL for (int r = 0; r < HEIGHT; r++) fetch(c, type, r * ldc);                                      \
    for (int64_t k = 0; k + FK_LINE <= depth; k += FK_LINE) {                                             \
      for (int q = 0; q < FK_LINE; q += 4, a += 4, b += 4 * FK_SLAB) ACCUMULATE(HEIGHT, 4, FK_LINE, 1)    \
      a += (HEIGHT - 1) * FK_LINE;                                                                        \
    }                                                                                                     \
    for (int64_t k = 0; k < depth % FK_LINE; k++, a++, b += FK_SLAB) ACCUMULATE(HEIGHT, 1, FK_LINE, 1)    \
    UNROLL for (int r = 0; r < HEIGHT; r++) {                                                             \
      NAME(store)(c, type, r * ldc, m0, sums[r][0]);                                                      \
      NAME(store)(c, type, r * ldc + FK_LINE, m1, sums[r][1]);                                            \
    }                                                                                                     \
  }

PANEL_KERNEL(1) PANEL_KERNEL(2) PANEL_KERNEL(3) PANEL_KERNEL(4) PANEL_KERNEL(5) PANEL_KERNEL(6)
PANEL_KERNEL(7) PANEL_KERNEL(8) PANEL_KERNEL(9) PANEL_KERNEL(10) PANEL_KERNEL(11) PANEL_KERNEL(12)
PANEL_KERNEL(13) PANEL_KERNEL(14)

static const panel_kernel NAME(panel_kernels)[FK_PANEL_ROWS] = {
    NAME(panel_1), NAME(panel_2),  NAME(panel_3),  NAME(panel_4),  NAME(panel_5),
    NAME(panel_6), NAME(panel_7),  NAME(panel_8),  NAME(panel_9),  NAME(panel_10),
    NAME(panel_11), NAME(panel_12), NAME(panel_13), NAME(panel_14)};

TARGET static void NAME(line_kernel)(
    int64_t depth, const float *a, const float *b, float *c, int64_t ldc, int64_t rows, __mmask16 m0,
    __mmask16 m1, int accumulate) {
  __m512 sums[LINE_ROWS][2];
  CLEAR(LINE_ROWS)
  for (int r = 0; r < rows; r++) fetch(c, FK_FLOAT32, r * ldc);
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

#undef ACCUMULATE
#undef CLEAR
#undef PANEL_KERNEL
#undef NAME
#undef TARGET
#undef MULTIPLY_ADD
