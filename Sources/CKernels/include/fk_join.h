// Joins of the features of several sensors. Features are [rows, channels]; terms are read through their maps.
#pragma once
#include <stdint.h>

#include "fk_elementwise.h"

// An array that is written, with the type of its elements; data == NULL where it is not wanted.
typedef struct {
  void *data;
  fk_type type;
} fk_result;

// out = b + s (a - b) with s = 1 / (1 + exp(-logits)).
void fk_gated_sum(
    fk_term logits, fk_term a, fk_term b, int64_t rows, int32_t channels, fk_result out);

// Gradients of fk_gated_sum from that of its result: g (a - b) s (1 - s), g s, and g (1 - s).
void fk_gated_sum_backward(
    fk_term gradient, fk_term logits, fk_term a, fk_term b, int64_t rows, int32_t channels,
    fk_result logits_gradient, fk_result a_gradient, fk_result b_gradient);

// out = factor / (1 + exp(-x)).
void fk_sigmoid(const float *x, int64_t count, float factor, float *out);

// out = factor g s (1 - s) with s = 1 / (1 + exp(-x)).
void fk_sigmoid_backward(const float *x, const float *g, int64_t count, float factor, float *out);

// out[r, c] = sum over i of weights[i * channels + c] * terms[i][r, c], for rows of one image.
void fk_scaled_sum(
    const fk_term *terms, int32_t number, const float *weights, int64_t rows, int32_t channels, fk_result out);

// sums[c] = sum over the rows of a[r, c] * b[r, c] for columns begin..<end.
void fk_product_sums(
    fk_term a, fk_term b, int64_t rows, int32_t channels, int32_t begin, int32_t end, float *sums);
