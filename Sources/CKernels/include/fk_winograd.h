// Winograd's F(4×4, 3×3) (Lavin, Gray 2016) for 3×3 convolutions with stride 1 and padding 1: 36 products,
// one for each position of 6 × 6 transformed pixels, in place of 9 for each of 4 × 4 outputs. The points 0,
// ±1/√2, ±√2 lose half as many digits as the usual 0, ±1, ±2.
//
// Channels come in whole lines of 16. Tiles of 4 × 4 pixels cover [N, height, width], the last of a row or
// column possibly in part; they are numbered over [N, tile rows, tile columns].
#pragma once
#include <stdint.h>

#include "fk_gather.h"

enum { FK_POSITIONS = 36 };

// Tiles first..<first + count of x, channels begin..<end: each position a block of panels (fk_panels.h) of
// `height` rows, one for each tile, `position` floats apart.
void fk_winograd_input(
    const fk_source *x, int64_t first, int64_t count, int32_t begin, int32_t end, int64_t height,
    int64_t position, float *out);

// Channels begin..<end of y [N, height, width, channels] from their products, matrices [count, end - begin]
// `position` floats apart.
void fk_winograd_output(
    const float *products, int64_t position, int32_t height, int32_t width, int32_t channels, int64_t first,
    int64_t count, int32_t begin, int32_t end, void *y, fk_type type);

// Channels begin..<end of a gradient g [N, height, width, channels], tiles first..<first + count, as the
// transpose of fk_winograd_output: slabs [count, slab] of `slab` channels for each position, positions
// `position` floats apart. begin is a multiple of slab.
void fk_winograd_gradient(
    const void *g, fk_type type, int32_t height, int32_t width, int32_t channels, int64_t first,
    int64_t count, int32_t begin, int32_t end, int64_t slab, int64_t position, float *out);

// Weights [3, 3, inputs, outputs] for outputs begin..<end: matrices [inputs, end - begin], `position` floats
// apart, rows first..<last of them.
void fk_winograd_weights(
    const float *weights, int32_t inputs, int32_t outputs, int32_t begin, int32_t end, int32_t first,
    int32_t last, int64_t position, float *out);

// The same for the gradient of the input, whose weights are turned by 180° and transposed: matrices
// [outputs, end - begin] for inputs begin..<end, rows first..<last of them, all multiples of 16.
void fk_winograd_turned_weights(
    const float *weights, int32_t inputs, int32_t outputs, int32_t begin, int32_t end, int32_t first,
    int32_t last, int64_t position, float *out);

// Elements begin..<end (multiples of 16) of each tap of a weight gradient [3, 3, taps] from its positions
// [36, taps].
void fk_winograd_weight_gradient(
    const float *positions, int64_t taps, int64_t begin, int64_t end, float *gradient);
