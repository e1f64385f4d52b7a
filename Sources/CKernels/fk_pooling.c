#include "fk_pooling.h"

#include <math.h>
#include <string.h>

#include "fk_vector.h"

enum { LANES = 64 };

enum { TOGETHER = 4 };  // vectors of 16 channels pooled together

// Loads `lanes` elements, at most 16, and zeros after them.
FK_INLINE void load_lanes(const void *data, fk_type type, int64_t at, int32_t lanes, fk_v16 *v) {
  char part[sizeof(fk_v16)] = {0};
  memcpy(part, fk_at(data, type, at), (size_t)(lanes * fk_type_size(type)));
  fk_load16(part, type, 0, v);
}

FK_INLINE void store_lanes(void *data, fk_type type, int64_t at, int32_t lanes, const fk_v16 *v) {
  char part[sizeof(fk_v16)];
  fk_store16(part, type, 0, v);
  memcpy(fk_at_mutable(data, type, at), part, (size_t)(lanes * fk_type_size(type)));
}

// The maximum over one window, for channels c..<c + 16 * vectors, or for c..<c + lanes if there is one vector.
FK_INLINE void pool_channels(
    const fk_source *s, fk_type in_type, const fk_pool_window *w, int64_t position, int32_t c, int vectors,
    int32_t lanes, void *out, fk_type type, int64_t pitch, uint8_t *index) {
  const int64_t image = (int64_t)w->rows * w->columns, n = position / image;
  const int32_t h0 = (int32_t)(position % image / w->columns) * w->stride - w->padding;
  const int32_t x0 = (int32_t)(position % w->columns) * w->stride - w->padding;
  const int affine = s->scale != NULL, relu = s->relu;
  fk_v16 best[TOGETHER], scale[TOGETHER], shift[TOGETHER];
  fk_mask16 place[TOGETHER];
  FK_UNROLL for (int i = 0; i < vectors; i++) {
    best[i] = (fk_v16){0} - INFINITY;
    place[i] = (fk_mask16){0} - 1;
    if (affine) load_lanes(s->scale, FK_FLOAT32, c + 16 * i, lanes, &scale[i]);
    if (affine) load_lanes(s->shift, FK_FLOAT32, c + 16 * i, lanes, &shift[i]);
  }
  for (int32_t kh = 0; kh < w->height; kh++) {
    for (int32_t kw = 0; kw < w->width; kw++) {
      const int32_t h = h0 + kh, x = x0 + kw, k = kh * w->width + kw;
      if (h < 0 || h >= s->height || x < 0 || x >= s->width) continue;
      const int64_t in = ((n * s->height + h) * s->width + x) * (int64_t)s->pitch + c;
      FK_UNROLL for (int i = 0; i < vectors; i++) {
        fk_v16 v;
        load_lanes(s->data, in_type, in + 16 * i, lanes, &v);
        if (affine) v = v * scale[i] + shift[i];
        if (relu) v = (fk_v16)((fk_mask16)v & ~(v < 0.0f));
        // The first pixel of a window is always taken, so that a window of -infinity or NaN has a place too.
        const fk_mask16 wins = (v > best[i]) | (place[i] < 0) | (v != v);
        best[i] = (fk_v16)((wins & (fk_mask16)v) | (~wins & (fk_mask16)best[i]));
        place[i] = (wins & k) | (~wins & place[i]);
      }
    }
  }
  const int64_t at = position * s->channels + c, to = position * pitch + c;
  FK_UNROLL for (int i = 0; i < vectors; i++) {
    store_lanes(out, type, to + 16 * i, lanes, &best[i]);
    const fk_bytes16 places = __builtin_convertvector(place[i], fk_bytes16);
    if (index) memcpy(index + at + 16 * i, &places, (size_t)lanes);
  }
}

FK_INLINE void max_pool(
    const fk_source *s, fk_type in_type, const fk_pool_window *w, int64_t first, int64_t count, void *out,
    fk_type type, int64_t pitch, uint8_t *index) {
  const int32_t channels = s->channels;
  for (int64_t p = first; p < first + count; p++) {
    int32_t c = 0;
    for (; c + 16 * TOGETHER <= channels; c += 16 * TOGETHER) {
      pool_channels(s, in_type, w, p, c, TOGETHER, 16, out, type, pitch, index);
    }
    for (; c < channels; c += 16) {
      const int32_t lanes = channels - c < 16 ? channels - c : 16;
      pool_channels(s, in_type, w, p, c, 1, lanes, out, type, pitch, index);
    }
  }
}

FK_CLONES
void fk_max_pool(
    const fk_source *s, const fk_pool_window *w, int64_t first, int64_t count, void *out, fk_type type,
    int64_t pitch, uint8_t *index) {
  const int narrow = s->type == FK_BFLOAT16, narrows = type == FK_BFLOAT16;
  if (narrow && narrows) max_pool(s, FK_BFLOAT16, w, first, count, out, FK_BFLOAT16, pitch, index);
  else if (narrow) max_pool(s, FK_BFLOAT16, w, first, count, out, FK_FLOAT32, pitch, index);
  else if (narrows) max_pool(s, FK_FLOAT32, w, first, count, out, FK_BFLOAT16, pitch, index);
  else max_pool(s, FK_FLOAT32, w, first, count, out, FK_FLOAT32, pitch, index);
}

FK_INLINE void max_pool_backward(
    const void *g, fk_type type, int64_t pitch, const uint8_t *index, const fk_pool_window *w, int32_t height,
    int32_t width, int32_t channels, int64_t first, int64_t count, void *out) {
  const int64_t image = (int64_t)height * width;
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t h = (int32_t)(p % image / width) + w->padding, x = (int32_t)(p % width) + w->padding;
    for (int32_t c0 = 0; c0 < channels; c0 += LANES) {
      const int32_t lanes = channels - c0 < LANES ? channels - c0 : LANES;
      float sum[LANES] = {0};
      for (int32_t kh = 0; kh < w->height; kh++) {
        if (h - kh < 0 || (h - kh) % w->stride != 0 || (h - kh) / w->stride >= w->rows) continue;
        for (int32_t kw = 0; kw < w->width; kw++) {
          if (x - kw < 0 || (x - kw) % w->stride != 0 || (x - kw) / w->stride >= w->columns) continue;
          const int64_t pixel = (n * w->rows + (h - kh) / w->stride) * w->columns + (x - kw) / w->stride;
          const int64_t at = pixel * channels + c0, from = pixel * pitch + c0;
          const uint8_t k = (uint8_t)(kh * w->width + kw);
          for (int32_t c = 0; c < lanes; c++) sum[c] += index[at + c] == k ? fk_read(g, type, from + c) : 0;
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * channels + c0 + c, sum[c]);
    }
  }
}

FK_CLONES
void fk_max_pool_backward(
    const void *g, fk_type type, int64_t pitch, const uint8_t *index, const fk_pool_window *w, int32_t height,
    int32_t width, int32_t channels, int64_t first, int64_t count, void *out) {
  if (type == FK_BFLOAT16) {
    max_pool_backward(g, FK_BFLOAT16, pitch, index, w, height, width, channels, first, count, out);
  } else {
    max_pool_backward(g, FK_FLOAT32, pitch, index, w, height, width, channels, first, count, out);
  }
}

FK_INLINE void window_mean(
    const fk_source *s, fk_type in_type, const fk_pool_window *w, int64_t first, int64_t count, void *out,
    fk_type type, int64_t pitch, int affine, int relu) {
  const int64_t image = (int64_t)w->rows * w->columns;
  const float *scale = s->scale, *shift = s->shift;
  const float pixels = (float)(w->height * w->width);
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t h0 = (int32_t)(p % image / w->columns) * w->stride - w->padding;
    const int32_t x0 = (int32_t)(p % w->columns) * w->stride - w->padding;
    for (int32_t c0 = 0; c0 < s->channels; c0 += LANES) {
      const int32_t lanes = s->channels - c0 < LANES ? s->channels - c0 : LANES;
      float sum[LANES] = {0};
      for (int32_t kh = 0; kh < w->height; kh++) {
        for (int32_t kw = 0; kw < w->width; kw++) {
          const int32_t h = h0 + kh, x = x0 + kw;
          if (h < 0 || h >= s->height || x < 0 || x >= s->width) continue;
          const int64_t at = ((n * s->height + h) * s->width + x) * (int64_t)s->pitch + c0;
          for (int32_t c = 0; c < lanes; c++) {
            float v = fk_read(s->data, in_type, at + c);
            if (affine) v = v * scale[c0 + c] + shift[c0 + c];
            sum[c] += relu && v < 0 ? 0 : v;
          }
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * pitch + c0 + c, sum[c] / pixels);
    }
  }
}

FK_INLINE void window_mean_mapped(
    const fk_source *s, fk_type in_type, const fk_pool_window *w, int64_t first, int64_t count, void *out,
    fk_type type, int64_t pitch) {
  if (s->scale == NULL) window_mean(s, in_type, w, first, count, out, type, pitch, 0, 0);
  else if (s->relu) window_mean(s, in_type, w, first, count, out, type, pitch, 1, 1);
  else window_mean(s, in_type, w, first, count, out, type, pitch, 1, 0);
}

FK_CLONES
void fk_window_mean(
    const fk_source *s, const fk_pool_window *w, int64_t first, int64_t count, void *out, fk_type type,
    int64_t pitch) {
  const int narrow = s->type == FK_BFLOAT16, narrows = type == FK_BFLOAT16;
  if (narrow && narrows) window_mean_mapped(s, FK_BFLOAT16, w, first, count, out, FK_BFLOAT16, pitch);
  else if (narrow) window_mean_mapped(s, FK_BFLOAT16, w, first, count, out, FK_FLOAT32, pitch);
  else if (narrows) window_mean_mapped(s, FK_FLOAT32, w, first, count, out, FK_BFLOAT16, pitch);
  else window_mean_mapped(s, FK_FLOAT32, w, first, count, out, FK_FLOAT32, pitch);
}

FK_INLINE void window_mean_backward(
    const void *g, fk_type type, int64_t pitch, const fk_pool_window *w, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, void *out) {
  const int64_t image = (int64_t)height * width;
  const float pixels = (float)(w->height * w->width);
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t h = (int32_t)(p % image / width) + w->padding, x = (int32_t)(p % width) + w->padding;
    for (int32_t c0 = 0; c0 < channels; c0 += LANES) {
      const int32_t lanes = channels - c0 < LANES ? channels - c0 : LANES;
      float sum[LANES] = {0};
      for (int32_t kh = 0; kh < w->height; kh++) {
        if (h - kh < 0 || (h - kh) % w->stride != 0 || (h - kh) / w->stride >= w->rows) continue;
        for (int32_t kw = 0; kw < w->width; kw++) {
          if (x - kw < 0 || (x - kw) % w->stride != 0 || (x - kw) / w->stride >= w->columns) continue;
          const int64_t pixel = (n * w->rows + (h - kh) / w->stride) * w->columns + (x - kw) / w->stride;
          for (int32_t c = 0; c < lanes; c++) sum[c] += fk_read(g, type, pixel * pitch + c0 + c);
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * channels + c0 + c, sum[c] / pixels);
    }
  }
}

FK_CLONES
void fk_window_mean_backward(
    const void *g, fk_type type, int64_t pitch, const fk_pool_window *w, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, void *out) {
  if (type == FK_BFLOAT16) {
    window_mean_backward(g, FK_BFLOAT16, pitch, w, height, width, channels, first, count, out);
  } else {
    window_mean_backward(g, FK_FLOAT32, pitch, w, height, width, channels, first, count, out);
  }
}

FK_INLINE void average_pool(const void *x, fk_type type, int64_t pixels, int32_t channels, float *out) {
  for (int32_t c0 = 0; c0 < channels; c0 += LANES) {
    const int32_t lanes = channels - c0 < LANES ? channels - c0 : LANES;
    double sum[LANES] = {0};
    for (int64_t p = 0; p < pixels; p++) {
      for (int32_t c = 0; c < lanes; c++) sum[c] += fk_read(x, type, p * channels + c0 + c);
    }
    for (int32_t c = 0; c < lanes; c++) out[c0 + c] = (float)(sum[c] / (double)pixels);
  }
}

FK_CLONES
void fk_average_pool(const void *x, fk_type type, int64_t pixels, int32_t channels, float *out) {
  if (type == FK_BFLOAT16) average_pool(x, FK_BFLOAT16, pixels, channels, out);
  else average_pool(x, FK_FLOAT32, pixels, channels, out);
}

FK_INLINE void spread(const float *g, int64_t pixels, int32_t channels, void *out, fk_type type) {
  const float share = 1 / (float)pixels;
  for (int64_t p = 0; p < pixels; p++) {
    for (int32_t c = 0; c < channels; c++) fk_write(out, type, p * channels + c, g[c] * share);
  }
}

FK_CLONES
void fk_average_pool_backward(const float *g, int64_t pixels, int32_t channels, void *out, fk_type type) {
  if (type == FK_BFLOAT16) spread(g, pixels, channels, out, FK_BFLOAT16);
  else spread(g, pixels, channels, out, FK_FLOAT32);
}
