// Operands of bfloat16 products (fk_product.h): as in fk_panels.h, with a pair of values that follow each
// other in the depth in the place of each float. An odd depth ends with half a pair of zeros.
//
// Rows come in panels [K / 32][height][32], zeros after the last. Columns come in slabs [K / 2][32][2]. Rows
// whose number is the depth come in lines [width / 16][rows / 2][16][2]. Arithmetic on the way is in float.
#pragma once
#include <stdint.h>

#include "fk_gather.h"
#include "fk_panels.h"

// Depth with its last pair whole.
static inline int64_t fk_paired(int64_t depth) { return (depth + 1) / 2 * 2; }

// Depth with the zeros of its last line of 32.
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

// Slabs of rows begin..<end of a row-major matrix [., stride], each a column of depth `depth`; row k of a slab
// goes to row first + k of the slabs of depth `total`.
void fk_pack_transposed_bf16(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, fk_bf16 *out);
