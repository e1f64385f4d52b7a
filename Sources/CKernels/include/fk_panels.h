// Operands of matrix products in the order in which the product kernels read them.
//
// Rows of depth K are packed in panels [K / 16][height][16]: lines of 16 neighbouring elements, with zeros after the
// last element. A block of rows is cut into panels of `height` rows; the last panel has the rows that are left. Panels
// of one row are a row-major matrix. Columns are packed in slabs [K][32], with zeros after the last column.
#pragma once
#include <stdint.h>

#include "fk_gather.h"

enum { FK_LINE = 16, FK_SLAB = 32 };

// Depth rounded up to whole lines.
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

// Slabs of rows begin..<end of a row-major matrix [., stride]: each row becomes a column of `depth` values. Value k of
// such a column goes to row first + k of slabs of depth `total`.
void fk_pack_transposed(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, float *out);
