#include "fk_panels.h"

#include <string.h>

#include "fk_simd.h"

// Lines of one pixel's channels, `step` floats apart.
FK_INLINE void pixel_lines(
    const fk_source *s, const float *in, int32_t c0, int32_t c1, int64_t step, float *out) {
  for (int32_t c = c0; c < c1; c += FK_LINE, out += step) {
    if (s->scale == NULL) {
      memcpy(out, in + c, sizeof(float) * FK_LINE);
    } else if (s->relu) {
      for (int32_t k = 0; k < FK_LINE; k++) {
        float v = in[c + k] * s->scale[c + k] + s->shift[c + k];
        out[k] = v < 0 ? 0 : v;
      }
    } else {
      for (int32_t k = 0; k < FK_LINE; k++) out[k] = in[c + k] * s->scale[c + k] + s->shift[c + k];
    }
  }
}

FK_INLINE void pack_lined_row(
    const fk_source *s, const fk_window *w, int64_t n, int32_t i, int32_t j, int64_t step, float *out) {
  const int32_t c0 = w->channel_begin, c1 = w->channel_end;
  const int64_t tap = (int64_t)(c1 - c0) / FK_LINE * step;
  for (int32_t t = 0; t < w->taps; t++, out += tap) {
    const int32_t h = i * w->stride + w->dh[t], x = j * w->stride + w->dw[t];
    if (h < 0 || h >= s->height || x < 0 || x >= s->width) {
      for (int64_t line = 0; line < tap; line += step) memset(out + line, 0, sizeof(float) * FK_LINE);
    } else {
      const int64_t pixel = (n * s->height + h) * s->width + x;
      pixel_lines(s, s->data + pixel * s->channels, c0, c1, step, out);
    }
  }
}

FK_CLONES
void fk_pack_rows(
    const fk_source *s, const fk_window *w, int64_t first, int64_t count, int64_t height, float *row,
    float *out) {
  const int64_t width = w->channel_end - w->channel_begin, depth = width * w->taps, lined = fk_lined(depth);
  const int64_t image = (int64_t)w->rows * w->columns;
  for (int64_t r = 0; r < count; r++) {
    const int64_t top = r / height * height, here = count - top < height ? count - top : height;
    const int64_t step = here * FK_LINE, p = first + r;
    float *to = out + top * lined + (r - top) * FK_LINE;
    if (width % FK_LINE == 0) {
      const int32_t i = (int32_t)(p % image / w->columns), j = (int32_t)(p % w->columns);
      pack_lined_row(s, w, p / image, i, j, step, to);
    } else {
      fk_gather(s, w, p, 1, row);
      memset(row + depth, 0, sizeof(float) * (size_t)(lined - depth));
      for (int64_t k = 0; k < lined; k += FK_LINE) {
        memcpy(to + k / FK_LINE * step, row + k, sizeof(float) * FK_LINE);
      }
    }
  }
}

FK_CLONES
void fk_pack_columns(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, float *out) {
  for (int64_t c = begin; c < end; c += FK_SLAB, out += FK_SLAB * depth) {
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    for (int64_t k = 0; k < depth; k++) {
      const float *in = matrix + k * stride + c;
      float *to = out + k * FK_SLAB;
      if (width == FK_SLAB) {
        memcpy(to, in, sizeof(float) * FK_SLAB);
      } else {
        for (int64_t i = 0; i < FK_SLAB; i++) to[i] = i < width ? in[i] : 0;
      }
    }
  }
}

FK_CLONES
void fk_pack_transposed(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, float *out) {
  for (int64_t c = begin; c < end; c += FK_SLAB, out += FK_SLAB * total) {
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    for (int64_t k0 = 0; k0 < depth; k0 += FK_LINE) {
      const int64_t k1 = depth - k0 < FK_LINE ? depth : k0 + FK_LINE;
      for (int64_t i = 0; i < width; i++) {
        const float *in = matrix + (c + i) * stride;
        for (int64_t k = k0; k < k1; k++) out[(first + k) * FK_SLAB + i] = in[k];
      }
      for (int64_t k = k0; k < k1; k++) {
        for (int64_t i = width; i < FK_SLAB; i++) out[(first + k) * FK_SLAB + i] = 0;
      }
    }
  }
}
