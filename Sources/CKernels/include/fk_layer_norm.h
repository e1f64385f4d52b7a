// Layer normalisation over the channels of each row of a matrix [rows, channels].
#pragma once
#include <stdint.h>

#include "fk_join.h"

// out = (x - mean) / sqrt(variance + epsilon) * scale + shift, with the biased variance of the row. The mean is kept in
// double, so that a large offset costs no digits.
void fk_layer_norm(
    fk_term x, int64_t rows, int32_t channels, const float *scale, const float *shift, float epsilon,
    fk_result out);

// Gradient of fk_layer_norm. Adds up the gradients of scale and shift over the rows in sums [2, channels], which it
// overwrites.
void fk_layer_norm_backward(
    fk_term x, fk_term gradient, int64_t rows, int32_t channels, const float *scale, float epsilon, fk_result out,
    double *sums);

// scale[c], shift[c] = the sums of all parts [number, 2, channels], in order.
void fk_layer_norm_merge(
    const double *parts, int64_t number, int32_t channels, float *scale, float *shift);
