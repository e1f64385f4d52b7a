#include "fk_elementwise.h"

#include <math.h>
#include <string.h>

#include "fk_simd.h"

FK_INLINE float mapped(const fk_term *t, int64_t at, int32_t c, int affine, float low) {
  float v = t->data[at];
  if (affine) v = v * t->scale[c] + t->shift[c];
  v = v < low ? low : v;
  return t->weight * v;
}

FK_INLINE void combine(
    const fk_term *a, const fk_term *b, int64_t rows, int32_t channels, int32_t relu, float *out,
    int affine_a, int two, int affine_b) {
  // A bound of -infinity leaves every value, NaN included, as it is.
  const float low_a = a->relu ? 0 : -INFINITY, low_b = b->relu ? 0 : -INFINITY;
  const float low = relu ? 0 : -INFINITY;
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < channels; c++) {
      int64_t at = r * channels + c;
      float v = mapped(a, at, c, affine_a, low_a);
      if (two) v += mapped(b, at, c, affine_b, low_b);
      out[at] = v < low ? low : v;
    }
  }
}

FK_CLONES
void fk_combine(fk_term a, fk_term b, int64_t rows, int32_t channels, int32_t relu, float *out) {
  const int affine_a = a.scale != NULL, two = b.data != NULL, affine_b = two && b.scale != NULL;
  if (affine_a && affine_b) combine(&a, &b, rows, channels, relu, out, 1, 1, 1);
  else if (affine_a && two) combine(&a, &b, rows, channels, relu, out, 1, 1, 0);
  else if (affine_b) combine(&b, &a, rows, channels, relu, out, 1, 1, 0);
  else if (two) combine(&a, &b, rows, channels, relu, out, 0, 1, 0);
  else if (affine_a) combine(&a, &b, rows, channels, relu, out, 1, 0, 0);
  else combine(&a, &b, rows, channels, relu, out, 0, 0, 0);
}

FK_CLONES
void fk_add_masked(const float *a, const float *b, const float *mask, int64_t count, float *out) {
  if (b && mask) {
    FK_INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
      float sum = a[i] + b[i];
      out[i] = mask[i] > 0 ? sum : 0;
    }
  } else if (mask) {
    FK_INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
      float v = a[i];
      out[i] = mask[i] > 0 ? v : 0;
    }
  } else if (b) {
    FK_INDEPENDENT
    for (int64_t i = 0; i < count; i++) out[i] = a[i] + b[i];
  } else if (out != a) {
    memcpy(out, a, sizeof(float) * (size_t)count);
  }
}

FK_CLONES
void fk_copy_channels(
    const float *in, int32_t in_channels, int32_t in_begin, float *out, int32_t out_channels,
    int32_t out_begin, int32_t channels, int64_t rows, float scale) {
  for (int64_t r = 0; r < rows; r++) {
    const float *from = in + r * in_channels + in_begin;
    float *to = out + r * out_channels + out_begin;
    for (int32_t c = 0; c < channels; c++) to[c] = scale * from[c];
  }
}

FK_CLONES
void fk_add_bias(float *x, const float *bias, int64_t rows, int32_t channels) {
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < channels; c++) x[r * channels + c] += bias[c];
  }
}

void fk_column_sums(const float *x, int64_t rows, int32_t channels, float *sums) {
  for (int32_t c = 0; c < channels; c++) {
    double sum = 0;
    for (int64_t r = 0; r < rows; r++) sum += x[r * channels + c];
    sums[c] = (float)sum;
  }
}

FK_CLONES
void fk_sum_parts(const float *parts, int64_t count, int32_t number, int64_t begin, int64_t end, float *out) {
  for (int64_t i = begin; i < end; i++) {
    float sum = parts[i];
    for (int32_t p = 1; p < number; p++) sum += parts[p * count + i];
    out[i] = sum;
  }
}

FK_CLONES
void fk_dropout(const float *in, int64_t first, int64_t count, uint64_t key, float rate, float *out) {
  const float scale = 1 / (1 - rate);
  const uint64_t limit = (uint64_t)((double)rate * 4294967296.0);
  for (int64_t i = 0; i < count; i++) {
    uint64_t z = key + (uint64_t)(first + i) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    out[i] = (z >> 32) < limit ? 0 : in[i] * scale;
  }
}
