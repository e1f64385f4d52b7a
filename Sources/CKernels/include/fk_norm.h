// Batch normalisation in pieces: moments of a block of rows, their merge, and the backward pass.
// Vectors of one layer lie together in `fk_norm`, each [channels].
#pragma once
#include <stdint.h>

#include "fk_type.h"

typedef struct {
  float *scale;   // gamma / sqrt(variance + epsilon)
  float *shift;   // beta - mean * scale
  float *mean;
  float *inverse; // 1 / sqrt(variance + epsilon)
} fk_norm;

// Mean and sum of squared deviations of each column of x [rows, channels] (row stride `stride` elements),
// columns begin..<end: moments[2 c] = mean, moments[2 c + 1] = squares. Exact for a large common offset.
void fk_column_moments(
    const void *x, fk_type type, int64_t rows, int64_t stride, int32_t begin, int32_t end, double *moments);

// Merges `blocks` moments [blocks, channels, 2] of blocks of `block_rows` rows (the last may be shorter;
// `rows` in all), in order, into those of all rows: merged [channels, 2]. Channels begin..<end.
void fk_norm_merge(
    const double *moments, int64_t blocks, int64_t block_rows, int64_t rows, int32_t channels,
    int32_t begin, int32_t end, double *merged);

// The layer's vectors from the moments [channels, 2] of all `rows` rows. Updates the running statistics with
// `momentum` (variance with rows / (rows - 1), left alone by a single row). Channels begin..<end.
void fk_norm_finish(
    const double *moments, int64_t rows, int32_t begin, int32_t end, const float *gamma, const float *beta,
    float epsilon, float momentum, float *running_mean, float *running_variance, fk_norm norm);

// The layer's vectors from its running statistics.
void fk_norm_frozen(
    const float *running_mean, const float *running_variance, const float *gamma, const float *beta,
    float epsilon, int32_t channels, fk_norm norm);

// Column sums of g and of g * normalised(x) over [rows, channels]: sums[2 c], sums[2 c + 1]. With `relu`, g
// counts only where x * scale + shift > 0 (the ReLU behind the layer).
void fk_norm_backward_sums(
    const void *g, const void *x, fk_type type, int64_t rows, int32_t channels, fk_norm norm, int32_t relu,
    double *sums);

// Adds up `blocks` sums [blocks, channels, 2] in order, into the first of them: the gradients of beta and
// gamma (overwritten). Channels begin..<end.
void fk_norm_backward_merge(
    double *sums, int64_t blocks, int32_t channels, int32_t begin, int32_t end, float *gamma_gradient,
    float *beta_gradient);

// Coefficients of the input gradient from sums [channels, 2] over `rows` rows. Channels begin..<end.
void fk_norm_backward_coefficients(
    const double *sums, int64_t rows, int32_t begin, int32_t end, fk_norm norm, float *slope, float *offset);

// out = scale * g + slope * (x - mean) + offset over [rows, channels], g masked as above. May be in place
// over g.
void fk_norm_backward_apply(
    const void *g, const void *x, fk_type type, int64_t rows, int32_t channels, fk_norm norm, int32_t relu,
    const float *slope, const float *offset, void *out);
