// Builds the rows of a convolution's matrix form, from and to elements of either type.
#pragma once
#include <string.h>

#include "fk_element.h"
#include "fk_gather.h"

// Copies channels c0..<c1 of the pixel that begins at element `in`, mapped.
FK_INLINE void fk_copy_mapped(
    const fk_source *s, fk_type in_type, int64_t in, int32_t c0, int32_t c1, void *out, fk_type type) {
  const float *scale = s->scale, *shift = s->shift;
  if (scale == NULL) {
    for (int32_t c = c0; c < c1; c++) fk_write(out, type, c - c0, fk_read(s->data, in_type, in + c));
  } else if (s->relu) {
    for (int32_t c = c0; c < c1; c++) {
      float v = fk_read(s->data, in_type, in + c) * scale[c] + shift[c];
      fk_write(out, type, c - c0, v < 0 ? 0 : v);
    }
  } else {
    for (int32_t c = c0; c < c1; c++) {
      fk_write(out, type, c - c0, fk_read(s->data, in_type, in + c) * scale[c] + shift[c]);
    }
  }
}

FK_INLINE void fk_gather_rows(
    const fk_source *s, fk_type in_type, const fk_window *w, int64_t first, int64_t count, void *out,
    fk_type type) {
  const int32_t c0 = w->channel_begin, c1 = w->channel_end, width = c1 - c0;
  const int whole = s->scale == NULL && width == s->channels && s->channels == s->pitch;
  const int64_t image = (int64_t)w->rows * w->columns, pixel = width * fk_type_size(type);
  char *to = out;
  int64_t n = first / image;
  int32_t i = (int32_t)(first % image / w->columns), j = (int32_t)(first % w->columns);
  for (int64_t r = 0; r < count; r++) {
    for (int32_t t = 0; t < w->taps;) {
      const int32_t h = i * w->stride + w->dh[t], x = j * w->stride + w->dw[t];
      // Without a map, neighbouring taps of one image row are one contiguous copy.
      int32_t run = 1;
      if (whole) {
        while (t + run < w->taps && w->dh[t + run] == w->dh[t] && w->dw[t + run] == w->dw[t] + run) run++;
      }
      int32_t begin = x < 0 ? -x : 0, end = s->width - x < run ? s->width - x : run;
      if (begin > run || h < 0 || h >= s->height) begin = run;
      if (end < begin) end = begin;
      memset(to, 0, (size_t)(begin * pixel));
      if (end > begin) {
        const int64_t in = ((n * s->height + h) * s->width + x + begin) * (int64_t)s->pitch;
        if (s->scale == NULL && in_type == type) {
          memcpy(to + begin * pixel, fk_at(s->data, type, in + c0), (size_t)((end - begin) * pixel));
        } else {
          fk_copy_mapped(s, in_type, in, c0, c0 + width * (end - begin), to + begin * pixel, type);
        }
      }
      memset(to + end * pixel, 0, (size_t)((run - end) * pixel));
      to += pixel * run;
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
