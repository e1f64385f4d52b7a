// Transposes of 16 × 16 lanes of 32 bits in registers.
#pragma once
#include "fk_vector.h"

// Each round interleaves row i with row i + 8. That rotates the 8 bits of an element's place (4 of the row, 4 of the
// column) by one. After four rounds row and column are exchanged.
FK_INLINE void fk_transpose16(fk_v16 *rows) {
  for (int round = 0; round < 4; round++) {
    fk_v16 t[16];
    FK_UNROLL for (int i = 0; i < 8; i++) {
      t[2 * i] = __builtin_shufflevector(
          rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      t[2 * i + 1] = __builtin_shufflevector(
          rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    FK_UNROLL for (int i = 0; i < 16; i++) rows[i] = t[i];
  }
}

// square[j][i] = in[i * stride + j].
FK_INLINE void fk_load_transposed16(const float *in, int64_t stride, fk_v16 *square) {
  FK_UNROLL for (int i = 0; i < 16; i++) square[i] = FK_LOAD(in + i * stride);
  fk_transpose16(square);
}
