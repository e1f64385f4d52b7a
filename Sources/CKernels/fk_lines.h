// The common part of packing rows of either element type into panels of lines of 64 bytes.
#pragma once
#include "fk_gather_rows.h"

enum { FK_LINE_BYTES = 64 };

// Lines of one row, `step` bytes apart, for windows whose channels fill whole lines.
FK_INLINE void fk_lined_row(
    const fk_source *s, fk_type in_type, const fk_window *w, int64_t position, int64_t step, char *out,
    fk_type type) {
  const int64_t image = (int64_t)w->rows * w->columns, n = position / image;
  const int32_t i = (int32_t)(position % image / w->columns), j = (int32_t)(position % w->columns);
  const int32_t line = (int32_t)(FK_LINE_BYTES / fk_type_size(type));
  for (int32_t t = 0; t < w->taps; t++) {
    const int32_t h = i * w->stride + w->dh[t], x = j * w->stride + w->dw[t];
    const int is_inside = h >= 0 && h < s->height && x >= 0 && x < s->width;
    const int64_t in = ((n * s->height + h) * s->width + x) * s->channels;
    for (int32_t c = w->channel_begin; c < w->channel_end; c += line, out += step) {
      if (!is_inside) memset(out, 0, FK_LINE_BYTES);
      else if (s->scale == NULL && in_type == type) memcpy(out, fk_at(s->data, type, in + c), FK_LINE_BYTES);
      else fk_copy_mapped(s, in_type, in, c, c + line, out, type);
    }
  }
}

// Panels of `height` rows; `row` is room for one row with its zeros.
FK_INLINE void fk_pack_lines(
    const fk_source *s, fk_type in_type, const fk_window *w, int64_t first, int64_t count, int64_t height,
    char *row, char *out, fk_type type) {
  const int64_t width = w->channel_end - w->channel_begin, line = FK_LINE_BYTES / fk_type_size(type);
  const int64_t depth = width * w->taps * fk_type_size(type);
  const int64_t lined = (depth + FK_LINE_BYTES - 1) / FK_LINE_BYTES * FK_LINE_BYTES;
  for (int64_t r = 0; r < count; r++) {
    const int64_t top = r / height * height, here = count - top < height ? count - top : height;
    const int64_t step = here * FK_LINE_BYTES;
    char *to = out + top * lined + (r - top) * FK_LINE_BYTES;
    if (width % line == 0) {
      fk_lined_row(s, in_type, w, first + r, step, to, type);
    } else {
      fk_gather_rows(s, in_type, w, first + r, 1, row, type);
      memset(row + depth, 0, (size_t)(lined - depth));
      for (int64_t k = 0; k < lined; k += FK_LINE_BYTES) {
        memcpy(to + k / FK_LINE_BYTES * step, row + k, FK_LINE_BYTES);
      }
    }
  }
}
