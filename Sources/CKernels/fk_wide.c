#include "fk_wide.h"

#include <string.h>

#include "fk_vector.h"

enum {
  TOGETHER = 8,  // rows computed together
  STRIPE = 256,  // inputs whose products are summed apart, which keeps the rounding of long sums small
  INPUTS = 4,    // inputs handled at a time
};

// Adds x w for inputs first..<first + count, `rows` of them together, to sums [rows, FK_WIDE_COLUMNS].
FK_INLINE void add_products(
    const float *x, const float *w, int rows, int64_t depth, int64_t columns, int64_t first, int inputs,
    int64_t width, float *sums) {
  for (int64_t c = 0; c < width; c += 16) {
    fk_v16 weights[INPUTS];
    FK_UNROLL for (int i = 0; i < inputs; i++) weights[i] = FK_LOAD(w + (first + i) * columns + c);
    FK_UNROLL for (int r = 0; r < rows; r++) {
      fk_v16 sum = FK_LOAD(sums + r * FK_WIDE_COLUMNS + c);
      FK_UNROLL for (int i = 0; i < inputs; i++) sum += x[r * depth + first + i] * weights[i];
      FK_STORE(sums + r * FK_WIDE_COLUMNS + c, sum);
    }
  }
}

// The columns behind the last whole vector.
FK_INLINE void add_last_products(
    const float *x, const float *w, int rows, int64_t depth, int64_t columns, int64_t first, int inputs,
    int64_t begin, int64_t width, float *sums) {
  for (int r = 0; r < rows; r++) {
    for (int64_t c = begin; c < width; c++) {
      float sum = sums[r * FK_WIDE_COLUMNS + c];
      for (int i = 0; i < inputs; i++) sum += x[r * depth + first + i] * w[(first + i) * columns + c];
      sums[r * FK_WIDE_COLUMNS + c] = sum;
    }
  }
}

FK_INLINE void forward_rows(
    const float *x, const float *w, int rows, int64_t depth, int64_t columns, int64_t begin, int64_t width,
    float *y) {
  float total[TOGETHER * FK_WIDE_COLUMNS], sums[TOGETHER * FK_WIDE_COLUMNS];
  memset(total, 0, sizeof total);
  const int64_t whole = width / 16 * 16;
  for (int64_t stripe = 0; stripe < depth; stripe += STRIPE) {
    const int64_t last = stripe + STRIPE < depth ? stripe + STRIPE : depth;
    memset(sums, 0, sizeof sums);
    int64_t k = stripe;
    for (; k + INPUTS <= last; k += INPUTS) {
      add_products(x, w + begin, rows, depth, columns, k, INPUTS, whole, sums);
      add_last_products(x, w + begin, rows, depth, columns, k, INPUTS, whole, width, sums);
    }
    for (; k < last; k++) {
      add_products(x, w + begin, rows, depth, columns, k, 1, whole, sums);
      add_last_products(x, w + begin, rows, depth, columns, k, 1, whole, width, sums);
    }
    for (int r = 0; r < rows; r++) {
      for (int64_t c = 0; c < width; c++) total[r * FK_WIDE_COLUMNS + c] += sums[r * FK_WIDE_COLUMNS + c];
    }
  }
  for (int r = 0; r < rows; r++) {
    memcpy(y + r * columns + begin, total + r * FK_WIDE_COLUMNS, (size_t)width * sizeof(float));
  }
}

FK_CLONES
void fk_wide_forward(
    const float *x, const float *w, int64_t rows, int64_t depth, int64_t columns, int64_t begin, int64_t end,
    float *y) {
  const int64_t width = end - begin;
  int64_t r = 0;
  for (; r + TOGETHER <= rows; r += TOGETHER) {
    forward_rows(x + r * depth, w, TOGETHER, depth, columns, begin, width, y + r * columns);
  }
  for (; r + 4 <= rows; r += 4) {
    forward_rows(x + r * depth, w, 4, depth, columns, begin, width, y + r * columns);
  }
  for (; r < rows; r++) forward_rows(x + r * depth, w, 1, depth, columns, begin, width, y + r * columns);
}

// The sums of 16 lanes in pairs, so that their order is fixed.
FK_INLINE float sum_of_lanes(const fk_v16 *v) {
  float part[16];
  memcpy(part, v, sizeof part);
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; i++) part[i] += part[i + width];
  }
  return part[0];
}

FK_INLINE void input_gradient_rows(
    const float *gy, const float *w, int rows, int64_t depth, int64_t columns, int64_t k, int inputs, float *gx) {
  fk_v16 sums[INPUTS * 4];
  FK_UNROLL for (int i = 0; i < inputs * rows; i++) sums[i] = (fk_v16){0};
  const int64_t whole = columns / 16 * 16;
  for (int64_t c = 0; c < whole; c += 16) {
    FK_UNROLL for (int i = 0; i < inputs; i++) {
      const fk_v16 weights = FK_LOAD(w + (k + i) * columns + c);
      FK_UNROLL for (int r = 0; r < rows; r++) sums[i * rows + r] += weights * FK_LOAD(gy + r * columns + c);
    }
  }
  for (int i = 0; i < inputs; i++) {
    for (int r = 0; r < rows; r++) {
      float sum = sum_of_lanes(&sums[i * rows + r]);
      for (int64_t c = whole; c < columns; c++) sum += w[(k + i) * columns + c] * gy[r * columns + c];
      gx[r * depth + k + i] = sum;
    }
  }
}

FK_CLONES
void fk_wide_input_gradient(
    const float *gy, const float *w, int64_t rows, int64_t depth, int64_t columns, int64_t begin, int64_t end,
    float *gx) {
  // All rows for some inputs: the weights of these stay in the cache.
  for (int64_t k = begin; k < end; k += INPUTS) {
    const int inputs = end - k < INPUTS ? (int)(end - k) : INPUTS;
    int64_t r = 0;
    for (; r + 4 <= rows && inputs == INPUTS; r += 4) {
      input_gradient_rows(gy + r * columns, w, 4, depth, columns, k, INPUTS, gx + r * depth);
    }
    for (; r < rows; r++) {
      for (int i = 0; i < inputs; i++) {
        input_gradient_rows(gy + r * columns, w, 1, depth, columns, k + i, 1, gx + r * depth);
      }
    }
  }
}

FK_CLONES
void fk_wide_weight_gradient(
    const float *x, const float *gy, int64_t rows, int64_t depth, int64_t columns, int64_t begin, int64_t end,
    float *gw) {
  const int64_t whole = columns / 16 * 16;
  for (int64_t k = begin; k < end; k++) {
    for (int64_t c = 0; c < whole; c += 16) {
      fk_v16 sum = {0};
      for (int64_t r = 0; r < rows; r++) sum += x[r * depth + k] * FK_LOAD(gy + r * columns + c);
      FK_STORE(gw + k * columns + c, sum);
    }
    for (int64_t c = whole; c < columns; c++) {
      float sum = 0;
      for (int64_t r = 0; r < rows; r++) sum += x[r * depth + k] * gy[r * columns + c];
      gw[k * columns + c] = sum;
    }
  }
}
