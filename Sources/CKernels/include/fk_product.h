// Matrix products of packed operands for processors with AVX-512: of floats (fk_panels.h), and of bfloat16
// pairs with sums in float (fk_pairs.h). Every element of a result is one sum in the order of the depth,
// wherever it stands in whatever block.
#pragma once
#include <stdint.h>

#include "fk_type.h"

// Most rows of a panel of the panel products.
enum { FK_PANEL_ROWS = 14 };

// Whether the processor can run the products of floats.
int fk_has_avx512(void);

// Whether it can run those of bfloat16 too.
int fk_has_bf16(void);

// Height of panels that cut `rows` rows about evenly.
static inline int64_t fk_panel_height(int64_t rows) {
  int64_t panels = (rows + FK_PANEL_ROWS - 1) / FK_PANEL_ROWS;
  return (rows + panels - 1) / panels;
}

// c [rows, columns] with row stride ldc = a · b: panels of fk_panel_height(rows) rows, slabs of depth `depth`.
// Overwrites.
void fk_panel_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, void *c, fk_type type,
    int64_t ldc);

// The same of operands in pairs.
void fk_panel_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, void *c, fk_type type,
    int64_t ldc);

// c [rows, columns] = aᵀ · b, or += with `accumulate`, for a one panel [rows / 16][depth][16] and b slabs of
// depth `depth`.
void fk_line_product(
    const float *a, int64_t rows, int64_t depth, const float *b, int64_t columns, float *c, int64_t ldc,
    int accumulate);

// The same of operands in pairs, for a as fk_pack_lines_bf16 lays it out.
void fk_line_product_bf16(
    const fk_bf16 *a, int64_t rows, int64_t depth, const fk_bf16 *b, int64_t columns, float *c, int64_t ldc,
    int accumulate);
