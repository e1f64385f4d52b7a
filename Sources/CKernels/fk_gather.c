#include "fk_gather.h"

#include "fk_gather_rows.h"
#include "fk_transpose.h"

FK_CLONES
void fk_gather(const fk_source *s, const fk_window *w, int64_t first, int64_t count, float *out) {
  if (s->type == FK_BFLOAT16) fk_gather_rows(s, FK_BFLOAT16, w, first, count, out, FK_FLOAT32);
  else fk_gather_rows(s, FK_FLOAT32, w, first, count, out, FK_FLOAT32);
}

FK_CLONES
void fk_transpose(const float *in, int64_t rows, int64_t columns, float *out) {
  for (int64_t r = 0; r < rows; r += 16) {
    const int64_t height = rows - r < 16 ? rows - r : 16;
    int64_t c = 0;
    for (; height == 16 && c + 16 <= columns; c += 16) {
      fk_v16 square[16];
      fk_load_transposed16(in + r * columns + c, columns, square);
      FK_UNROLL for (int j = 0; j < 16; j++) FK_STORE(out + (c + j) * rows + r, square[j]);
    }
    for (; c < columns; c++) {
      for (int64_t i = 0; i < height; i++) out[c * rows + r + i] = in[(r + i) * columns + c];
    }
  }
}
