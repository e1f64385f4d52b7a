// Passes over [rows, channels] matrices and flat ranges.
#pragma once
#include <stdint.h>

#include "fk_type.h"

// One term of a sum: weight * map(x). map(x) is x (scale == NULL) or x * scale + shift of its channel; with `relu`
// negative results become 0.
typedef struct {
  const void *data;    // [rows, channels], rows `pitch` elements apart
  fk_type type;
  const float *scale;  // [channels] or NULL
  const float *shift;  // [channels] or NULL
  int32_t relu;
  float weight;
  int64_t pitch;
} fk_term;

// out = a + b over [rows, channels], with a ReLU behind the sum if `relu`; out = a if b.data == NULL. a and b have the
// same type. Rows of out are `pitch` elements apart; out may be the memory of a or b.
void fk_combine(
    fk_term a, fk_term b, int64_t rows, int32_t channels, int32_t relu, void *out, fk_type type,
    int64_t pitch);

// out = a + b where mask > 0, else 0. b and mask may be NULL. out may be the memory of a or b.
void fk_add_masked(
    const void *a, const void *b, const void *mask, fk_type type, int64_t count, void *out);

// out[r, out_begin + c] = scale * in[r, in_begin + c] for c in 0..<channels.
void fk_copy_channels(
    const void *in, fk_type in_type, int32_t in_channels, int32_t in_begin, void *out, fk_type out_type,
    int32_t out_channels, int32_t out_begin, int32_t channels, int64_t rows, float scale);

// Copies in [rows, columns] to out and converts it to `type`; each has a row stride in elements.
void fk_store(
    const float *in, int64_t rows, int64_t columns, int64_t in_stride, void *out, fk_type type,
    int64_t out_stride);

// Rounds each value to the nearest bfloat16, in place.
void fk_round_to_bf16(float *values, int64_t count);

// sums[c] = sum over r of d[r, c], in order, where d = g, or g where map(output) > 0 if there is an output
// (output.data is not NULL). The output has the type of g. Writes d to `out` unless that is NULL; it may be the memory
// of g.
void fk_bias_backward(
    const void *g, fk_type type, fk_term output, int64_t rows, int32_t channels, void *out, double *sums);

// total[c] = sum over b of sums [blocks, channels], in order.
void fk_bias_backward_merge(const double *sums, int64_t blocks, int32_t channels, float *total);

// out[i] = sum over p of parts[p, i], in order, for i in begin..<end of `count`.
void fk_sum_parts(const float *parts, int64_t count, int32_t number, int64_t begin, int64_t end, float *out);

// out[i] = in[i] / (1 - rate) where element i is kept, else 0. A hash of (key, first + i) decides what is kept.
void fk_dropout(const float *in, int64_t first, int64_t count, uint64_t key, float rate, float *out);
