// Means under a grid of windows that covers the image.
#include "fk_element.h"
#include "fk_pooling.h"

enum { LANES = 64 };  // channels handled at a time, so that their sums stay in registers

// First pixel of window i of k on n pixels, and the pixel behind its last one.
FK_INLINE int32_t grid_begin(int32_t i, int32_t k, int32_t n) { return (int32_t)((int64_t)i * n / k); }
FK_INLINE int32_t grid_end(int32_t i, int32_t k, int32_t n) {
  return (int32_t)(((int64_t)(i + 1) * n + k - 1) / k);
}

FK_INLINE void grid_mean(
    const fk_source *s, fk_type in_type, int32_t rows, int32_t columns, int64_t first, int64_t count,
    void *out, fk_type type) {
  const int64_t image = (int64_t)rows * columns;
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t i = (int32_t)(p % image / columns), j = (int32_t)(p % columns);
    const int32_t h0 = grid_begin(i, rows, s->height), h1 = grid_end(i, rows, s->height);
    const int32_t x0 = grid_begin(j, columns, s->width), x1 = grid_end(j, columns, s->width);
    const float pixels = (float)((h1 - h0) * (x1 - x0));
    for (int32_t c0 = 0; c0 < s->channels; c0 += LANES) {
      const int32_t lanes = s->channels - c0 < LANES ? s->channels - c0 : LANES;
      float sum[LANES] = {0};
      for (int32_t h = h0; h < h1; h++) {
        for (int32_t x = x0; x < x1; x++) {
          const int64_t at = ((n * s->height + h) * s->width + x) * (int64_t)s->pitch + c0;
          for (int32_t c = 0; c < lanes; c++) {
            float v = fk_read(s->data, in_type, at + c);
            if (s->scale) v = v * s->scale[c0 + c] + s->shift[c0 + c];
            sum[c] += s->relu && v < 0 ? 0 : v;
          }
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * s->channels + c0 + c, sum[c] / pixels);
    }
  }
}

FK_CLONES
void fk_grid_mean(
    const fk_source *s, int32_t rows, int32_t columns, int64_t first, int64_t count, void *out,
    fk_type type) {
  const int narrow = s->type == FK_BFLOAT16, narrows = type == FK_BFLOAT16;
  if (narrow && narrows) grid_mean(s, FK_BFLOAT16, rows, columns, first, count, out, FK_BFLOAT16);
  else if (narrow) grid_mean(s, FK_BFLOAT16, rows, columns, first, count, out, FK_FLOAT32);
  else if (narrows) grid_mean(s, FK_FLOAT32, rows, columns, first, count, out, FK_BFLOAT16);
  else grid_mean(s, FK_FLOAT32, rows, columns, first, count, out, FK_FLOAT32);
}

// Pixel h of n lies in the windows h * k / n (rounded down) to (h + 1) * k / n (rounded up): the rule of the windows
// with pixels and windows exchanged.
FK_INLINE void grid_mean_backward(
    const void *g, fk_type type, int32_t rows, int32_t columns, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, void *out) {
  const int64_t image = (int64_t)height * width;
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t h = (int32_t)(p % image / width), x = (int32_t)(p % width);
    const int32_t i0 = grid_begin(h, height, rows), i1 = grid_end(h, height, rows);
    const int32_t j0 = grid_begin(x, width, columns), j1 = grid_end(x, width, columns);
    for (int32_t c0 = 0; c0 < channels; c0 += LANES) {
      const int32_t lanes = channels - c0 < LANES ? channels - c0 : LANES;
      float sum[LANES] = {0};
      for (int32_t i = i0; i < i1; i++) {
        const int32_t tall = grid_end(i, rows, height) - grid_begin(i, rows, height);
        for (int32_t j = j0; j < j1; j++) {
          const int32_t wide = grid_end(j, columns, width) - grid_begin(j, columns, width);
          const float share = 1 / (float)(tall * wide);
          const int64_t at = ((n * rows + i) * columns + j) * (int64_t)channels + c0;
          for (int32_t c = 0; c < lanes; c++) sum[c] += fk_read(g, type, at + c) * share;
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * channels + c0 + c, sum[c]);
    }
  }
}

FK_CLONES
void fk_grid_mean_backward(
    const void *g, fk_type type, int32_t rows, int32_t columns, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, void *out) {
  if (type == FK_BFLOAT16) {
    grid_mean_backward(g, FK_BFLOAT16, rows, columns, height, width, channels, first, count, out);
  } else {
    grid_mean_backward(g, FK_FLOAT32, rows, columns, height, width, channels, first, count, out);
  }
}
