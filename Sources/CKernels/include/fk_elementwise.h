// Passes over [rows, channels] matrices and flat ranges.
#pragma once
#include <stdint.h>

// One term of a sum: weight * map(x), where map is x itself (scale == NULL) or the affine map per channel,
// both with a lower bound of 0 if `relu`.
typedef struct {
  const float *data;   // [rows, channels]
  const float *scale;  // [channels] or NULL
  const float *shift;  // [channels] or NULL
  int32_t relu;
  float weight;
} fk_term;

// out = a + b over [rows, channels], with ReLU if `relu`; b.data == NULL leaves a alone. May be in place.
void fk_combine(fk_term a, fk_term b, int64_t rows, int32_t channels, int32_t relu, float *out);

// out = (a + b) where mask > 0, else 0. b and mask may be NULL. May be in place over a or b.
void fk_add_masked(const float *a, const float *b, const float *mask, int64_t count, float *out);

// out[r, out_begin + c] = scale * in[r, in_begin + c] for c in 0..<channels.
void fk_copy_channels(
    const float *in, int32_t in_channels, int32_t in_begin, float *out, int32_t out_channels,
    int32_t out_begin, int32_t channels, int64_t rows, float scale);

// x[r, c] += bias[c].
void fk_add_bias(float *x, const float *bias, int64_t rows, int32_t channels);

// sums[c] = sum over r of x[r, c], accumulated in double.
void fk_column_sums(const float *x, int64_t rows, int32_t channels, float *sums);

// out[i] = sum over p of parts[p, i], in order, for i in begin..<end of `count`.
void fk_sum_parts(const float *parts, int64_t count, int32_t number, int64_t begin, int64_t end, float *out);

// out = in / (1 - rate) where kept, else 0. Element i is kept when the hash of (key, first + i) says so.
void fk_dropout(const float *in, int64_t first, int64_t count, uint64_t key, float rate, float *out);
