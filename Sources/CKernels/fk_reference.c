#include "fk_reference.h"

#include "fk_simd.h"

// Number of neighbouring channels that are summed side by side.
enum { LANES = 64 };

FK_INLINE float load(const void *data, fk_type type, int64_t index) {
  return type == FK_BFLOAT16 ? fk_from_bf16(((const fk_bf16 *)data)[index]) : ((const float *)data)[index];
}

FK_INLINE void store(void *data, fk_type type, int64_t index, double value) {
  if (type == FK_BFLOAT16) ((fk_bf16 *)data)[index] = fk_to_bf16((float)value);
  else ((float *)data)[index] = (float)value;
}

// A number as it is multiplied: rounded to bfloat16 if the operands are.
FK_INLINE double factor(const fk_convolution *s, float value) {
  return s->is_rounded ? fk_from_bf16(fk_to_bf16(value)) : value;
}

// Pixel (h, w) of image n, channel c, of x with its map applied; 0 outside the image.
FK_INLINE double pixel(const fk_convolution *s, const fk_source *x, int64_t n, int32_t h, int32_t w, int32_t c) {
  if (h < 0 || h >= x->height || w < 0 || w >= x->width) return 0;
  float v = load(x->data, x->type, ((n * x->height + h) * x->width + w) * x->pitch + c);
  if (x->scale) v = v * x->scale[c] + x->shift[c];
  return factor(s, x->relu && v < 0 ? 0 : v);
}

FK_INLINE int32_t lanes_from(int32_t begin, int32_t channels) {
  return channels - begin < LANES ? channels - begin : LANES;
}

FK_CLONES
void fk_reference_forward(
    const fk_convolution *s, const fk_source *x, const float *weights, int64_t first, int64_t count,
    void *y, fk_type type, int64_t pitch) {
  for (int64_t position = first; position < first + count; position++) {
    const int64_t n = position / s->columns / s->rows;
    const int32_t i = (int32_t)(position / s->columns % s->rows), j = (int32_t)(position % s->columns);
    for (int32_t begin = 0; begin < s->outputs; begin += LANES) {
      const int32_t lanes = lanes_from(begin, s->outputs);
      double sums[LANES] = {0};
      for (int32_t kh = 0; kh < s->window_height; kh++) {
        for (int32_t kw = 0; kw < s->window_width; kw++) {
          for (int32_t c = 0; c < s->inputs; c++) {
            const double v =
                pixel(s, x, n, i * s->stride + kh - s->padding, j * s->stride + kw - s->padding, c);
            const float *w =
                weights + (((int64_t)kh * s->window_width + kw) * s->inputs + c) * s->outputs + begin;
            for (int32_t o = 0; o < lanes; o++) sums[o] += v * factor(s, w[o]);
          }
        }
      }
      for (int32_t o = 0; o < lanes; o++) store(y, type, position * pitch + begin + o, sums[o]);
    }
  }
}

FK_CLONES
void fk_reference_input_gradient(
    const fk_convolution *s, const void *gradient, fk_type gradient_type, int64_t pitch,
    const float *weights, int64_t first, int64_t count, void *out, fk_type type) {
  for (int64_t place = first; place < first + count; place++) {
    const int64_t n = place / s->width / s->height;
    const int32_t h = (int32_t)(place / s->width % s->height), w = (int32_t)(place % s->width);
    for (int32_t c = 0; c < s->inputs; c++) {
      double sums[LANES] = {0}, sum = 0;
      for (int32_t kh = 0; kh < s->window_height; kh++) {
        for (int32_t kw = 0; kw < s->window_width; kw++) {
          // The output position (i, j) that reads the pixel through this tap, if there is one.
          const int32_t down = h + s->padding - kh, right = w + s->padding - kw;
          if (down < 0 || right < 0 || down % s->stride || right % s->stride) continue;
          const int32_t i = down / s->stride, j = right / s->stride;
          if (i >= s->rows || j >= s->columns) continue;
          const int64_t g = ((n * s->rows + i) * s->columns + j) * pitch;
          const float *k = weights + (((int64_t)kh * s->window_width + kw) * s->inputs + c) * s->outputs;
          for (int32_t begin = 0; begin < s->outputs; begin += LANES) {
            const int32_t lanes = lanes_from(begin, s->outputs);
            for (int32_t o = 0; o < lanes; o++)
              sums[o] += factor(s, load(gradient, gradient_type, g + begin + o)) * factor(s, k[begin + o]);
          }
        }
      }
      for (int32_t lane = 0; lane < LANES; lane++) sum += sums[lane];
      store(out, type, place * s->inputs + c, sum);
    }
  }
}

FK_CLONES
void fk_reference_weight_gradient(
    const fk_convolution *s, const fk_source *x, const void *gradient, fk_type gradient_type,
    int64_t pitch, int64_t images, int64_t first, int64_t count, float *out) {
  for (int64_t row = first; row < first + count; row++) {
    const int32_t c = (int32_t)(row % s->inputs);
    const int32_t kw = (int32_t)(row / s->inputs % s->window_width);
    const int32_t kh = (int32_t)(row / s->inputs / s->window_width);
    for (int32_t begin = 0; begin < s->outputs; begin += LANES) {
      const int32_t lanes = lanes_from(begin, s->outputs);
      double sums[LANES] = {0};
      for (int64_t n = 0; n < images; n++) {
        for (int32_t i = 0; i < s->rows; i++) {
          for (int32_t j = 0; j < s->columns; j++) {
            const double v =
                pixel(s, x, n, i * s->stride + kh - s->padding, j * s->stride + kw - s->padding, c);
            const int64_t g = ((n * s->rows + i) * s->columns + j) * pitch + begin;
            for (int32_t o = 0; o < lanes; o++)
              sums[o] += v * factor(s, load(gradient, gradient_type, g + o));
          }
        }
      }
      for (int32_t o = 0; o < lanes; o++) out[row * s->outputs + begin + o] = (float)sums[o];
    }
  }
}
