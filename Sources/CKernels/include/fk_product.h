// Matrix products of packed operands for processors with AVX-512: of floats (fk_panels.h), and of bfloat16 pairs with
// sums in float (fk_pairs.h). Every element of a result is one sum in the order of the depth: its bits do not depend
// on its block.
#pragma once
#include <stdint.h>

#include "fk_type.h"

// Most rows of a panel of the panel products.
enum { FK_PANEL_ROWS = 14 };

// Whether the processor can run the products of floats.
int fk_has_avx512(void);

// Whether the processor can run the products of bfloat16.
int fk_has_bf16(void);

// Height of panels that cut `rows` rows about evenly. Example: 15 rows in panels of 8 and 7 rows.
static inline int64_t fk_panel_height(int64_t rows) {
  int64_t panels = (rows + FK_PANEL_ROWS - 1) / FK_PANEL_ROWS;
  return (rows + panels - 1) / panels;
}

// c = a · b. c is [rows, columns] with row stride ldc; a is in panels of fk_panel_height(rows) rows, b in slabs of
// depth `depth`. Overwrites.
void fk_panel_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, void *c, fk_type type,
    int64_t ldc);

// The same for operands in pairs.
void fk_panel_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, void *c, fk_type type,
    int64_t ldc);

// c = aᵀ · b, or c += aᵀ · b with `accumulate`. c is [rows, columns] with row stride ldc; a is one panel
// [rows / 16][depth][16], b is in slabs of depth `depth`.
void fk_line_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc,
    int accumulate);

// The same for operands in pairs; a is in the lines of fk_pack_lines_bf16.
void fk_line_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, float *c, int64_t ldc,
    int accumulate);
