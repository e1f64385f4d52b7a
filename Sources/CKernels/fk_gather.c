#include "fk_gather.h"

#include "fk_gather_rows.h"

FK_CLONES
void fk_gather(const fk_source *s, const fk_window *w, int64_t first, int64_t count, float *out) {
  if (s->type == FK_BFLOAT16) fk_gather_rows(s, FK_BFLOAT16, w, first, count, out, FK_FLOAT32);
  else fk_gather_rows(s, FK_FLOAT32, w, first, count, out, FK_FLOAT32);
}

FK_CLONES
void fk_transpose(const float *in, int64_t rows, int64_t columns, float *out) {
  enum { TILE = 16 };
  for (int64_t r = 0; r < rows; r += TILE) {
    int64_t re = r + TILE < rows ? r + TILE : rows;
    for (int64_t c = 0; c < columns; c += TILE) {
      int64_t ce = c + TILE < columns ? c + TILE : columns;
      for (int64_t k = c; k < ce; k++) {
        for (int64_t m = r; m < re; m++) out[k * rows + m] = in[m * columns + k];
      }
    }
  }
}
