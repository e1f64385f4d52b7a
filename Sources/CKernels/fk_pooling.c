#include "fk_pooling.h"

#include <math.h>
#include <string.h>

#include "fk_simd.h"

enum { LANES = 64 };

FK_CLONES
void fk_max_pool(
    const fk_source *s, const fk_pool_window *w, int64_t first, int64_t count, float *out, uint8_t *index) {
  const int64_t image = (int64_t)w->rows * w->columns;
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
          const float *in = s->data + ((n * s->height + h) * s->width + x) * (int64_t)s->channels + c0;
          for (int32_t c = 0; c < lanes; c++) {
            float v = in[c];
            if (s->scale) v = v * s->scale[c0 + c] + s->shift[c0 + c];
            if (s->relu) v = v < 0 ? 0 : v;
            // The first pixel of a window always wins, so that a window of -infinity or NaN has a place.
            int wins = v > best[c] || place[c] < 0 || v != v;
            best[c] = wins ? v : best[c];
            place[c] = wins ? k : place[c];
          }
        }
      }
      for (int32_t c = 0; c < lanes; c++) out[p * s->channels + c0 + c] = best[c];
      if (index) {
        for (int32_t c = 0; c < lanes; c++) index[p * s->channels + c0 + c] = (uint8_t)place[c];
      }
    }
  }
}

FK_CLONES
void fk_max_pool_backward(
    const float *g, const uint8_t *index, const fk_pool_window *w, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, float *out) {
  const int64_t image = (int64_t)height * width;
  for (int64_t p = first; p < first + count; p++) {
    const int64_t n = p / image;
    const int32_t h = (int32_t)(p % image / width) + w->padding, x = (int32_t)(p % width) + w->padding;
    float *to = out + p * channels;
    memset(to, 0, sizeof(float) * (size_t)channels);
    for (int32_t kh = 0; kh < w->height; kh++) {
      if (h - kh < 0 || (h - kh) % w->stride != 0 || (h - kh) / w->stride >= w->rows) continue;
      for (int32_t kw = 0; kw < w->width; kw++) {
        if (x - kw < 0 || (x - kw) % w->stride != 0 || (x - kw) / w->stride >= w->columns) continue;
        const int64_t at =
            ((n * w->rows + (h - kh) / w->stride) * w->columns + (x - kw) / w->stride) * channels;
        const uint8_t k = (uint8_t)(kh * w->width + kw);
        for (int32_t c = 0; c < channels; c++) to[c] += index[at + c] == k ? g[at + c] : 0;
      }
    }
  }
}

FK_CLONES
void fk_average_pool(const float *x, int64_t pixels, int32_t channels, float *out) {
  for (int32_t c0 = 0; c0 < channels; c0 += LANES) {
    const int32_t lanes = channels - c0 < LANES ? channels - c0 : LANES;
    double sum[LANES] = {0};
    for (int64_t p = 0; p < pixels; p++) {
      for (int32_t c = 0; c < lanes; c++) sum[c] += x[p * channels + c0 + c];
    }
    for (int32_t c = 0; c < lanes; c++) out[c0 + c] = (float)(sum[c] / (double)pixels);
  }
}

FK_CLONES
void fk_average_pool_backward(const float *g, int64_t pixels, int32_t channels, float *out) {
  const float share = 1 / (float)pixels;
  for (int64_t p = 0; p < pixels; p++) {
    for (int32_t c = 0; c < channels; c++) out[p * channels + c] = g[c] * share;
  }
}
