// Winograd's F(4×4, 3×3) (Lavin, Gray 2016) for 3×3 convolutions with stride 1 and padding 1. A tile of 4 × 4 outputs
// takes 36 products, one for each position of 6 × 6 transformed pixels, in place of 9 · 16. The points 0, ±1/√2, ±√2
// lose half as many digits as the usual points 0, ±1, ±2.
//
// The number of channels is a multiple of 16. Tiles of 4 × 4 pixels cover [N, height, width] and are numbered over
// [N, tile rows, tile columns]. The last tile of a row or column may reach beyond the image.
#pragma once
#include <stdint.h>

#include "fk_gather.h"

enum { FK_POSITIONS = 36 };

// Transforms tiles first..<first + count of x, channels begin..<end. For each position it writes a block of panels
// (fk_panels.h) of `height` rows, with one row for each tile. Positions are `position` floats apart.
void fk_winograd_input(
    const fk_source *x, int64_t first, int64_t count, int32_t begin, int32_t end, int64_t height,
    int64_t position, float *out);

// Channels begin..<end of y [N, height, width, .] for tiles first..<first + count, from their products. The products of
// a position are a matrix [count, end - begin]; positions are `position` floats apart, pixels of y `pitch` elements.
void fk_winograd_output(
    const float *products, int64_t position, int32_t height, int32_t width, int64_t pitch, int64_t first,
    int64_t count, int32_t begin, int32_t end, void *y, fk_type type);

// The transpose of fk_winograd_output: transforms channels begin..<end of a gradient g [N, height, width, .], whose
// pixels are `pitch` elements apart, for tiles first..<first + count. For each position it writes slabs [count, slab]
// of `slab` channels; positions are `position` floats apart. begin is a multiple of slab.
void fk_winograd_gradient(
    const void *g, fk_type type, int32_t height, int32_t width, int64_t pitch, int64_t first, int64_t count,
    int32_t begin, int32_t end, int64_t slab, int64_t position, float *out);

// Transforms weights [3, 3, inputs, outputs] for outputs begin..<end. For each position it writes rows first..<last of
// a matrix [inputs, end - begin]; positions are `position` floats apart.
void fk_winograd_weights(
    const float *weights, int32_t inputs, int32_t outputs, int32_t begin, int32_t end, int32_t first,
    int32_t last, int64_t position, float *out);

// The same for the gradient of the input, whose weights are turned by 180° and transposed: rows first..<last of matrices
// [outputs, end - begin] for inputs begin..<end. All four bounds are multiples of 16.
void fk_winograd_turned_weights(
    const float *weights, int32_t inputs, int32_t outputs, int32_t begin, int32_t end, int32_t first,
    int32_t last, int64_t position, float *out);

// Computes elements begin..<end (multiples of 16) of each tap of a weight gradient [3, 3, taps] from the products of
// its positions [36, taps]. `taps` is inputs · outputs.
void fk_winograd_weight_gradient(
    const float *positions, int64_t taps, int64_t begin, int64_t end, float *gradient);
