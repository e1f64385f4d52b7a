#include "fk_gather.h"

#include <string.h>

#include "fk_simd.h"

FK_INLINE void copy_mapped(const fk_source *s, const float *in, int32_t c0, int32_t c1, float *out) {
  const float *scale = s->scale, *shift = s->shift;
  if (s->relu) {
    for (int32_t c = c0; c < c1; c++) {
      float v = in[c] * scale[c] + shift[c];
      out[c - c0] = v < 0 ? 0 : v;
    }
  } else {
    for (int32_t c = c0; c < c1; c++) out[c - c0] = in[c] * scale[c] + shift[c];
  }
}

FK_CLONES
void fk_gather(const fk_source *s, const fk_window *w, int64_t first, int64_t count, float *out) {
  const int32_t c0 = w->channel_begin, c1 = w->channel_end, width = c1 - c0;
  const int whole = s->scale == NULL && width == s->channels;
  const int64_t image = (int64_t)w->rows * w->columns;
  int64_t n = first / image;
  int32_t i = (int32_t)(first % image / w->columns), j = (int32_t)(first % w->columns);
  for (int64_t r = 0; r < count; r++) {
    for (int32_t t = 0; t < w->taps;) {
      const int32_t h = i * w->stride + w->dh[t], x = j * w->stride + w->dw[t];
      // Neighbouring taps of one image row are one contiguous copy when nothing has to be computed.
      int32_t run = 1;
      if (whole) {
        while (t + run < w->taps && w->dh[t + run] == w->dh[t] && w->dw[t + run] == w->dw[t] + run) run++;
      }
      if (h < 0 || h >= s->height) {
        memset(out, 0, sizeof(float) * (size_t)width * (size_t)run);
      } else {
        int32_t begin = x < 0 ? -x : 0, end = s->width - x < run ? s->width - x : run;
        if (begin > run) begin = run;
        if (end < begin) end = begin;
        const float *in = s->data + (((n * s->height + h) * s->width) + x + begin) * (int64_t)s->channels;
        memset(out, 0, sizeof(float) * (size_t)width * (size_t)begin);
        float *to = out + (int64_t)begin * width;
        if (s->scale == NULL) {
          if (end > begin) memcpy(to, in + c0, sizeof(float) * (size_t)width * (size_t)(end - begin));
        } else if (end > begin) {
          copy_mapped(s, in, c0, c1, to);
        }
        memset(out + (int64_t)end * width, 0, sizeof(float) * (size_t)width * (size_t)(run - end));
      }
      out += (int64_t)width * run;
      t += run;
    }
    if (++j == w->columns) {
      j = 0;
      if (++i == w->rows) {
        i = 0;
        n++;
      }
    }
  }
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
