#include "fk_pooling.h"

#include <math.h>

#include "fk_element.h"

enum { LANES = 64 };

FK_INLINE void max_pool(
    const fk_source *s, fk_type in_type, const fk_pool_window *w, int64_t first, int64_t count, void *out,
    fk_type type, uint8_t *index, int affine) {
  const int64_t image = (int64_t)w->rows * w->columns;
  const float low = s->relu ? 0 : -INFINITY;
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t h0 = (int32_t)(p % image / w->columns) * w->stride - w->padding;
    const int32_t x0 = (int32_t)(p % w->columns) * w->stride - w->padding;
    for (int32_t c0 = 0; c0 < s->channels; c0 += LANES) {
      const int32_t lanes = s->channels - c0 < LANES ? s->channels - c0 : LANES;
      float best[LANES];
      int32_t place[LANES];
      for (int32_t c = 0; c < lanes; c++) {
        best[c] = -INFINITY;
        place[c] = -1;
      }
      for (int32_t kh = 0; kh < w->height; kh++) {
        for (int32_t kw = 0; kw < w->width; kw++) {
          const int32_t h = h0 + kh, x = x0 + kw, k = kh * w->width + kw;
          if (h < 0 || h >= s->height || x < 0 || x >= s->width) continue;
          const int64_t in = ((n * s->height + h) * s->width + x) * (int64_t)s->channels + c0;
          for (int32_t c = 0; c < lanes; c++) {
            float v = fk_read(s->data, in_type, in + c);
            if (affine) v = v * s->scale[c0 + c] + s->shift[c0 + c];
            v = v < low ? low : v;
            // The first pixel of a window always wins, so that a window of -infinity or NaN has a place.
            int wins = v > best[c] || place[c] < 0 || v != v;
            best[c] = wins ? v : best[c];
            place[c] = wins ? k : place[c];
          }
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * s->channels + c0 + c, best[c]);
      if (index) {
        for (int32_t c = 0; c < lanes; c++) index[p * s->channels + c0 + c] = (uint8_t)place[c];
      }
    }
  }
}

FK_INLINE void max_pool_typed(
    const fk_source *s, fk_type in_type, const fk_pool_window *w, int64_t first, int64_t count, void *out,
    fk_type type, uint8_t *index) {
  if (s->scale) max_pool(s, in_type, w, first, count, out, type, index, 1);
  else max_pool(s, in_type, w, first, count, out, type, index, 0);
}

FK_CLONES
void fk_max_pool(
    const fk_source *s, const fk_pool_window *w, int64_t first, int64_t count, void *out, fk_type type,
    uint8_t *index) {
  const int narrow = s->type == FK_BFLOAT16, narrows = type == FK_BFLOAT16;
  if (narrow && narrows) max_pool_typed(s, FK_BFLOAT16, w, first, count, out, FK_BFLOAT16, index);
  else if (narrow) max_pool_typed(s, FK_BFLOAT16, w, first, count, out, FK_FLOAT32, index);
  else if (narrows) max_pool_typed(s, FK_FLOAT32, w, first, count, out, FK_BFLOAT16, index);
  else max_pool_typed(s, FK_FLOAT32, w, first, count, out, FK_FLOAT32, index);
}

FK_INLINE void max_pool_backward(
    const void *g, fk_type type, const uint8_t *index, const fk_pool_window *w, int32_t height,
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
          const int64_t at = pixel * channels + c0;
          const uint8_t k = (uint8_t)(kh * w->width + kw);
          for (int32_t c = 0; c < lanes; c++) sum[c] += index[at + c] == k ? fk_read(g, type, at + c) : 0;
        }
      }
      for (int32_t c = 0; c < lanes; c++) fk_write(out, type, p * channels + c0 + c, sum[c]);
    }
  }
}

FK_CLONES
void fk_max_pool_backward(
    const void *g, fk_type type, const uint8_t *index, const fk_pool_window *w, int32_t height,
    int32_t width, int32_t channels, int64_t first, int64_t count, void *out) {
  if (type == FK_BFLOAT16) {
    max_pool_backward(g, FK_BFLOAT16, index, w, height, width, channels, first, count, out);
  } else {
    max_pool_backward(g, FK_FLOAT32, index, w, height, width, channels, first, count, out);
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
