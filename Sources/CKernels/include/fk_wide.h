// Products of few rows with a matrix of weights that is far larger than the caches. The weights are read once, in place:
// x [rows, depth], w [depth, columns], y [rows, columns], all row-major. A number does not depend on how many rows are
// computed together.
#pragma once
#include <stdint.h>

// y = x w for columns begin..<end, at most FK_WIDE_COLUMNS of them. Overwrites these columns.
enum { FK_WIDE_COLUMNS = 512 };
void fk_wide_forward(
    const float *x, const float *w, int64_t rows, int64_t depth, int64_t columns, int64_t begin, int64_t end,
    float *y);

// gx = gy transposed(w) for inputs begin..<end of `depth`. Overwrites these inputs.
void fk_wide_input_gradient(
    const float *gy, const float *w, int64_t rows, int64_t depth, int64_t columns, int64_t begin, int64_t end,
    float *gx);

// gw = transposed(x) gy for inputs begin..<end of `depth`. Overwrites these rows of gw [depth, columns].
void fk_wide_weight_gradient(
    const float *x, const float *gy, int64_t rows, int64_t depth, int64_t columns, int64_t begin, int64_t end,
    float *gw);
