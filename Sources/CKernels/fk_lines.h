// What fk_panels.c and fk_pairs.c share: packing rows into lines of 64 bytes, for elements of either type.
#pragma once
#include "fk_gather_rows.h"
#include "fk_source16.h"

enum {
  FK_LINE_BYTES = 64,
  FK_TOGETHER = 16,      // rows packed together, so that maps stay in registers and lines follow each other
  FK_AHEAD = 16,         // rows that a matrix is fetched ahead of its packing
  FK_PANEL_VECTORS = 4,  // vectors of channels packed together, so that rows are read in longer runs
};

// Output positions first..<first + count.
typedef struct {
  int32_t count;
  int64_t image[FK_TOGETHER];
  int32_t row[FK_TOGETHER], column[FK_TOGETHER];
} fk_positions;

FK_INLINE void fk_positions_from(const fk_window *w, int64_t first, int64_t count, fk_positions *p) {
  p->count = count < FK_TOGETHER ? (int32_t)count : FK_TOGETHER;
  int64_t image = first / ((int64_t)w->rows * w->columns);
  int32_t row = (int32_t)(first / w->columns % w->rows), column = (int32_t)(first % w->columns);
  for (int32_t r = 0; r < p->count; r++) {
    p->image[r] = image;
    p->row[r] = row;
    p->column[r] = column;
    if (++column < w->columns) continue;
    column = 0;
    if (++row < w->rows) continue;
    row = 0;
    image++;
  }
}

// Finds the pixels that a tap sees from the positions: `at` gets the index of their first element, -1 in the padding.
FK_INLINE void fk_tap_pixels(
    const fk_source *s, const fk_window *w, int32_t tap, const fk_positions *p, int64_t *at) {
  for (int32_t r = 0; r < p->count; r++) {
    const int32_t h = p->row[r] * w->stride + w->dh[tap], x = p->column[r] * w->stride + w->dw[tap];
    const int is_inside = h >= 0 && h < s->height && x >= 0 && x < s->width;
    at[r] = is_inside ? ((p->image[r] * s->height + h) * s->width + x) * s->pitch : -1;
  }
}

// Copies channels c..<c + 16 * vectors of each position to element k of its lines, which are `step` bytes apart.
// Prefetches the same channels of the next positions, which most windows read next.
FK_INLINE void fk_pack_channels(
    const fk_source *s, fk_type in_type, const int64_t *at, int32_t count, int32_t c, int32_t k,
    int64_t step, char *out, fk_type type, int32_t vectors) {
  const int32_t size = (int32_t)fk_type_size(type), line = FK_LINE_BYTES / size;
  const fk_v16 zero = {0};
  fk_map16 map[FK_PANEL_VECTORS];
  FK_UNROLL for (int32_t i = 0; i < vectors; i++) fk_map16_of(s, c + 16 * i, &map[i]);
  const int copies = in_type == type && !map[0].is_affine;
  for (int32_t r = 0; r < count; r++) {
    fk_fetch(s->data, in_type, at[r] + FK_TOGETHER * s->pitch + c, 16 * vectors);
    FK_UNROLL for (int32_t i = 0; i < vectors; i++) {
      const int32_t place = k + 16 * i;
      char *to = out + place / line * step + r * FK_LINE_BYTES + place % line * size;
      if (at[r] < 0) {
        fk_store16(to, type, 0, &zero);
      } else if (copies) {
        memcpy(to, fk_at(s->data, type, at[r] + c + 16 * i), (size_t)(16 * size));
      } else {
        fk_v16 v;
        fk_read16(s->data, in_type, at[r] + c + 16 * i, &map[i], &v);
        fk_store16(to, type, 0, &v);
      }
    }
  }
}

// Packs the lines of the positions, for windows with a multiple of 16 channels.
FK_INLINE void fk_pack_together(
    const fk_source *s, fk_type in_type, const fk_window *w, const fk_positions *p, int64_t step, char *out,
    fk_type type) {
  const int32_t size = (int32_t)fk_type_size(type), line = FK_LINE_BYTES / size;
  const int32_t begin = w->channel_begin, end = w->channel_end, block = 16 * FK_PANEL_VECTORS;
  int32_t k = 0;
  for (int32_t t = 0; t < w->taps; t++) {
    int64_t at[FK_TOGETHER];
    fk_tap_pixels(s, w, t, p, at);
    int32_t c = begin;
    for (; k % line == 0 && c + block <= end; c += block, k += block) {
      fk_pack_channels(s, in_type, at, p->count, c, k, step, out, type, FK_PANEL_VECTORS);
    }
    for (; c < end; c += 16, k += 16) fk_pack_channels(s, in_type, at, p->count, c, k, step, out, type, 1);
  }
  for (; k % line != 0; k += 16) {
    char *to = out + k / line * step + k % line * size;
    for (int32_t r = 0; r < p->count; r++, to += FK_LINE_BYTES) memset(to, 0, (size_t)(16 * size));
  }
}

// Packs panels of `height` rows; `row` is room for one row with its zeros.
FK_INLINE void fk_pack_lines(
    const fk_source *s, fk_type in_type, const fk_window *w, int64_t first, int64_t count, int64_t height,
    char *row, char *out, fk_type type) {
  const int64_t width = w->channel_end - w->channel_begin, depth = width * w->taps * fk_type_size(type);
  const int64_t lined = (depth + FK_LINE_BYTES - 1) / FK_LINE_BYTES * FK_LINE_BYTES;
  for (int64_t top = 0; top < count; top += height, out += height * lined) {
    const int64_t here = count - top < height ? count - top : height, step = here * FK_LINE_BYTES;
    if (width % 16 == 0) {
      for (int64_t r = 0; r < here; r += FK_TOGETHER) {
        fk_positions p;
        fk_positions_from(w, first + top + r, here - r, &p);
        fk_pack_together(s, in_type, w, &p, step, out + r * FK_LINE_BYTES, type);
      }
      continue;
    }
    for (int64_t r = 0; r < here; r++) {
      fk_gather_rows(s, in_type, w, first + top + r, 1, row, type);
      memset(row + depth, 0, (size_t)(lined - depth));
      char *to = out + r * FK_LINE_BYTES;
      for (int64_t k = 0; k < lined; k += FK_LINE_BYTES, to += step) memcpy(to, row + k, FK_LINE_BYTES);
    }
  }
}
