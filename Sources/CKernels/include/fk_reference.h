// Convolutions by their definition: every element is one sum in double precision, in the order of the loops. Nothing is
// packed, transformed or shared between elements. The other kernels are checked against these.
#pragma once
#include <stdint.h>

#include "fk_gather.h"

// A convolution of images [N, height, width, inputs] to [N, rows, columns, outputs].
typedef struct {
  int32_t height, width, inputs;
  int32_t rows, columns, outputs;
  int32_t window_height, window_width, stride, padding;
  int32_t is_rounded;  // whether operands are rounded to bfloat16 before they are multiplied
} fk_convolution;

// The functions below overwrite their results; weights are [window_height, window_width, inputs, outputs]. Neighbouring
// positions of y, and of its gradient, are `pitch` elements apart.

// y = x * w at output positions first..<first + count, numbered over [N, rows, columns].
void fk_reference_forward(
    const fk_convolution *shape, const fk_source *x, const float *weights, int64_t first, int64_t count,
    void *y, fk_type type, int64_t pitch);

// Gradient of the input at pixels first..<first + count, numbered over [N, height, width], from the gradient of y.
void fk_reference_input_gradient(
    const fk_convolution *shape, const void *gradient, fk_type gradient_type, int64_t pitch,
    const float *weights, int64_t first, int64_t count, void *out, fk_type type);

// Rows first..<first + count of the gradient of the weights, numbered over [window_height, window_width, inputs].
void fk_reference_weight_gradient(
    const fk_convolution *shape, const fk_source *x, const void *gradient, fk_type gradient_type,
    int64_t pitch, int64_t images, int64_t first, int64_t count, float *out);
