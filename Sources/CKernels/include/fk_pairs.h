// Operands of bfloat16 products (fk_product.h), in the order of fk_panels.h. In place of each float there is a pair of
// bfloat16 that are neighbours in the depth. If the depth is odd, the last pair is filled with a zero.
//
// Rows of depth K are packed in panels [K / 32][height][32], with zeros after the last element. Columns are packed in
// slabs [K / 2][32][2]. For fk_line_product_bf16, whose depth is the number of rows, rows are packed in lines
// [width / 16][rows / 2][16][2]. Arithmetic in between is in float.
#pragma once
#include <stdint.h>

#include "fk_gather.h"
#include "fk_panels.h"

// Depth rounded up to whole pairs.
static inline int64_t fk_paired(int64_t depth) { return (depth + 1) / 2 * 2; }

// Depth rounded up to whole lines of 32 values.
static inline int64_t fk_lined_bf16(int64_t depth) { return 2 * fk_lined((depth + 1) / 2); }

// Elements of `columns` packed columns of depth `depth`.
static inline int64_t fk_slab_count_bf16(int64_t depth, int64_t columns) {
  return fk_slab_count(fk_paired(depth), columns);
}

// Elements of the lines of `rows` rows of width `width`.
static inline int64_t fk_lines_count_bf16(int64_t width, int64_t rows) {
  return fk_lined(width) * fk_paired(rows);
}

// Panels of the rows that fk_gather builds. `row` is room for one row with its zeros.
void fk_pack_rows_bf16(
    const fk_source *source, const fk_window *window, int64_t first, int64_t count, int64_t height,
    fk_bf16 *row, fk_bf16 *out);

// Lines of the rows that fk_gather builds, pairs of neighbouring rows interleaved. `rows` is room for two
// rows, each fk_lined_bf16(width) elements.
void fk_pack_lines_bf16(
    const fk_source *source, const fk_window *window, int64_t first, int64_t count, fk_bf16 *rows,
    fk_bf16 *out);

// Slabs of columns begin..<end of a row-major matrix [depth, stride].
void fk_pack_columns_bf16(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end,
    fk_bf16 *out);

// Slabs of rows begin..<end of a row-major matrix [., stride]: each row becomes a column of `depth` values. Value k of
// such a column goes to row first + k of slabs of depth `total`.
void fk_pack_transposed_bf16(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, fk_bf16 *out);
