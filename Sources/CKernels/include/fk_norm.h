// Batch norm in pieces: moments of a block of rows, their merge, and the backward pass.
// `fk_norm` holds the vectors of one layer, each [channels].
#pragma once
#include <stdint.h>

#include "fk_type.h"

typedef struct {
  float *scale;   // gamma / sqrt(variance + epsilon)
  float *shift;   // beta - mean * scale
  float *mean;
  float *inverse; // 1 / sqrt(variance + epsilon)
} fk_norm;

// Mean and sum of squared deviations from it of columns begin..<end of x [rows, channels] with row stride `stride`:
// moments[2 c] = mean, moments[2 c + 1] = squares. A large common offset of the values costs no precision.
void fk_column_moments(
    const void *x, fk_type type, int64_t rows, int64_t stride, int32_t begin, int32_t end, double *moments);

// Merges the moments [blocks, channels, 2] of blocks of `block_rows` rows, in order, into the moments of all `rows`
// rows: merged [channels, 2]. The last block may have fewer rows. Channels begin..<end.
void fk_norm_merge(
    const double *moments, int64_t blocks, int64_t block_rows, int64_t rows, int32_t channels,
    int32_t begin, int32_t end, double *merged);

// Computes the layer's vectors from the moments [channels, 2] of all `rows` rows. Updates the running statistics with
// `momentum`; the running variance takes squares / (rows - 1), and stays as it is for a single row. With a `bias`
// (NULL for none) the layer's input is x + bias of its channel, but moments and vectors are those of x. Channels
// begin..<end.
void fk_norm_finish(
    const double *moments, int64_t rows, int32_t begin, int32_t end, const float *gamma, const float *beta,
    float epsilon, float momentum, const float *bias, float *running_mean, float *running_variance,
    fk_norm norm);

// Computes the layer's vectors from its running statistics. The vectors apply to x. Where a layer adds a `bias` (NULL for
// none), its statistics were taken of x + bias. Where running_mean and beta are NULL, mean and shift are 0.
void fk_norm_frozen(
    const float *running_mean, const float *running_variance, const float *gamma, const float *beta,
    const float *bias, float epsilon, int32_t channels, fk_norm norm);

// Column sums of g and of g * normalised(x) over [rows, channels]: sums[2 c], sums[2 c + 1]. With `relu`, g
// counts only where x * scale + shift > 0 (the ReLU behind the layer). Rows of g and x are g_pitch and x_pitch elements
// apart.
void fk_norm_backward_sums(
    const void *g, int64_t g_pitch, const void *x, int64_t x_pitch, fk_type type, int64_t rows,
    int32_t channels, fk_norm norm, int32_t relu, double *sums);

// Adds up the sums [blocks, channels, 2] of all blocks, in order, into the first block. Overwrites the gradients of
// beta and gamma with the totals. Channels begin..<end.
void fk_norm_backward_merge(
    double *sums, int64_t blocks, int32_t channels, int32_t begin, int32_t end, float *gamma_gradient,
    float *beta_gradient);

// Computes slope and offset of fk_norm_backward_apply from the sums [channels, 2] over `rows` rows. Channels
// begin..<end.
void fk_norm_backward_coefficients(
    const double *sums, int64_t rows, int32_t begin, int32_t end, fk_norm norm, float *slope, float *offset);

// Input gradient: out = scale * g + slope * (x - mean) + offset over [rows, channels]. With `relu`, g is masked as in
// fk_norm_backward_sums; with `adds`, the result is added to what out holds. out may be the memory of g.
void fk_norm_backward_apply(
    const void *g, int64_t g_pitch, const void *x, int64_t x_pitch, fk_type type, int64_t rows,
    int32_t channels, fk_norm norm, int32_t relu, const float *slope, const float *offset, void *out,
    int64_t out_pitch, int32_t adds);
