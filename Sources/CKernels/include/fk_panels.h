// Operands of matrix products in the order in which the product kernels read them.
//
// Rows of depth K come in panels [K / 16][height][16]: lines of 16 neighbouring elements, zeros after the
// last. A block of rows is cut into panels of `height` rows, the last of what is left; panels of one row are
// a row-major matrix. Columns come in slabs [K][32], zeros after the last column.
#pragma once
#include <stdint.h>

#include "fk_gather.h"

enum { FK_LINE = 16, FK_SLAB = 32 };

// Depth with the zeros of its last line.
static inline int64_t fk_lined(int64_t depth) { return (depth + FK_LINE - 1) / FK_LINE * FK_LINE; }

// Floats of `columns` packed columns of depth `depth`.
static inline int64_t fk_slab_count(int64_t depth, int64_t columns) {
  return (columns + FK_SLAB - 1) / FK_SLAB * FK_SLAB * depth;
}

// Panels of the rows that fk_gather builds. `row` is room for one row with its zeros.
void fk_pack_rows(
    const fk_source *source, const fk_window *window, int64_t first, int64_t count, int64_t height,
    float *row, float *out);

// Slabs of columns begin..<end of a row-major matrix [depth, stride].
void fk_pack_columns(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end, float *out);

// Slabs of rows begin..<end of a row-major matrix [., stride], each a column of depth `depth`; row k of a slab
// goes to row first + k of the slabs of depth `total`.
void fk_pack_transposed(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, float *out);
