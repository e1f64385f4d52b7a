#include "fk_elementwise.h"

#include <math.h>
#include <string.h>

#include "fk_element.h"

FK_INLINE float mapped(const fk_term *t, fk_type type, int64_t at, int32_t c, int affine, float low) {
  float v = fk_read(t->data, type, at);
  if (affine) v = v * t->scale[c] + t->shift[c];
  v = v < low ? low : v;
  return t->weight * v;
}

FK_INLINE void combine(
    const fk_term *a, const fk_term *b, fk_type in, int64_t rows, int32_t channels, int32_t relu, void *out,
    fk_type type, int64_t pitch, int affine_a, int two, int affine_b) {
  // A bound of -infinity changes no value, not even NaN.
  const float low_a = a->relu ? 0 : -INFINITY, low_b = b->relu ? 0 : -INFINITY;
  const float low = relu ? 0 : -INFINITY;
  const int64_t pitch_a = a->pitch, pitch_b = b->pitch;
  for (int64_t r = 0; r < rows; r++) {
    FK_INDEPENDENT
    for (int32_t c = 0; c < channels; c++) {
      float v = mapped(a, in, r * pitch_a + c, c, affine_a, low_a);
      if (two) v += mapped(b, in, r * pitch_b + c, c, affine_b, low_b);
      fk_write(out, type, r * pitch + c, v < low ? low : v);
    }
  }
}

FK_INLINE void combine_typed(
    const fk_term *a, const fk_term *b, fk_type in, int64_t rows, int32_t channels, int32_t relu, void *out,
    fk_type type, int64_t pitch) {
  const int affine_a = a->scale != NULL, two = b->data != NULL, affine_b = two && b->scale != NULL;
  if (affine_a && affine_b) combine(a, b, in, rows, channels, relu, out, type, pitch, 1, 1, 1);
  else if (affine_a && two) combine(a, b, in, rows, channels, relu, out, type, pitch, 1, 1, 0);
  else if (affine_b) combine(b, a, in, rows, channels, relu, out, type, pitch, 1, 1, 0);
  else if (two) combine(a, b, in, rows, channels, relu, out, type, pitch, 0, 1, 0);
  else if (affine_a) combine(a, b, in, rows, channels, relu, out, type, pitch, 1, 0, 0);
  else combine(a, b, in, rows, channels, relu, out, type, pitch, 0, 0, 0);
}

FK_CLONES
void fk_combine(
    fk_term a, fk_term b, int64_t rows, int32_t channels, int32_t relu, void *out, fk_type type,
    int64_t pitch) {
  const int narrows = type == FK_BFLOAT16;
  if (a.type == FK_BFLOAT16) {
    if (narrows) combine_typed(&a, &b, FK_BFLOAT16, rows, channels, relu, out, FK_BFLOAT16, pitch);
    else combine_typed(&a, &b, FK_BFLOAT16, rows, channels, relu, out, FK_FLOAT32, pitch);
  } else {
    if (narrows) combine_typed(&a, &b, FK_FLOAT32, rows, channels, relu, out, FK_BFLOAT16, pitch);
    else combine_typed(&a, &b, FK_FLOAT32, rows, channels, relu, out, FK_FLOAT32, pitch);
  }
}

FK_INLINE void add_masked(
    const void *a, const void *b, const void *mask, fk_type type, int64_t count, void *out) {
  if (b && mask) {
    FK_INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
      float sum = fk_read(a, type, i) + fk_read(b, type, i);
      fk_write(out, type, i, fk_read(mask, type, i) > 0 ? sum : 0);
    }
  } else if (mask) {
    FK_INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
      float v = fk_read(a, type, i);
      fk_write(out, type, i, fk_read(mask, type, i) > 0 ? v : 0);
    }
  } else if (b) {
    FK_INDEPENDENT
    for (int64_t i = 0; i < count; i++) fk_write(out, type, i, fk_read(a, type, i) + fk_read(b, type, i));
  } else if (out != a) {
    memcpy(out, a, (size_t)(count * fk_type_size(type)));
  }
}

FK_CLONES
void fk_add_masked(
    const void *a, const void *b, const void *mask, fk_type type, int64_t count, void *out) {
  if (type == FK_BFLOAT16) add_masked(a, b, mask, FK_BFLOAT16, count, out);
  else add_masked(a, b, mask, FK_FLOAT32, count, out);
}

// Copies rows of `columns` elements from one row stride to another, times `scale`.
FK_INLINE void copy_rows(
    const void *in, fk_type in_type, int64_t in_stride, void *out, fk_type type, int64_t out_stride,
    int64_t columns, int64_t rows, float scale) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      fk_write(out, type, r * out_stride + c, scale * fk_read(in, in_type, r * in_stride + c));
    }
  }
}

FK_CLONES
void fk_copy_channels(
    const void *in, fk_type in_type, int32_t in_channels, int32_t in_begin, void *out, fk_type out_type,
    int32_t out_channels, int32_t out_begin, int32_t channels, int64_t rows, float scale) {
  const int64_t from = in_channels, to = out_channels;
  const int narrow = in_type == FK_BFLOAT16, narrows = out_type == FK_BFLOAT16;
  in = fk_at(in, in_type, in_begin);
  out = fk_at_mutable(out, out_type, out_begin);
  if (narrow && narrows) copy_rows(in, FK_BFLOAT16, from, out, FK_BFLOAT16, to, channels, rows, scale);
  else if (narrow) copy_rows(in, FK_BFLOAT16, from, out, FK_FLOAT32, to, channels, rows, scale);
  else if (narrows) copy_rows(in, FK_FLOAT32, from, out, FK_BFLOAT16, to, channels, rows, scale);
  else copy_rows(in, FK_FLOAT32, from, out, FK_FLOAT32, to, channels, rows, scale);
}

FK_CLONES
void fk_store(
    const float *in, int64_t rows, int64_t columns, int64_t in_stride, void *out, fk_type type,
    int64_t out_stride) {
  if (type == FK_BFLOAT16) {
    copy_rows(in, FK_FLOAT32, in_stride, out, FK_BFLOAT16, out_stride, columns, rows, 1);
  } else {
    copy_rows(in, FK_FLOAT32, in_stride, out, FK_FLOAT32, out_stride, columns, rows, 1);
  }
}

FK_CLONES
void fk_round_to_bf16(float *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) values[i] = fk_from_bf16(fk_to_bf16(values[i]));
}

enum { LANES = 64 };  // columns handled at a time, so that their sums stay in registers

FK_INLINE void bias_backward(
    const void *g, fk_type type, const fk_term *output, int64_t rows, int64_t stride, int32_t c0,
    int32_t lanes, void *out, double *sums, int masks, int affine) {
  double sum[LANES] = {0};
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * stride + c0;
    // Prefetches the next columns: rows are too far apart for the processor to do it.
    fk_fetch(g, type, at + LANES, LANES);
    if (masks) fk_fetch(output->data, type, at + LANES, LANES);
    for (int32_t c = 0; c < lanes; c++) {
      float d = fk_read(g, type, at + c);
      if (masks) {
        float v = fk_read(output->data, type, at + c);
        if (affine) v = v * output->scale[c0 + c] + output->shift[c0 + c];
        d = v > 0 ? d : 0;
      }
      sum[c] += d;
      if (out) fk_write(out, type, at + c, d);
    }
  }
  for (int32_t c = 0; c < lanes; c++) sums[c0 + c] = sum[c];
}

FK_INLINE void bias_backward_typed(
    const void *g, fk_type type, const fk_term *output, int64_t rows, int32_t channels, void *out,
    double *sums) {
  const int masks = output->data != NULL, affine = masks && output->scale != NULL;
  for (int32_t c = 0; c < channels; c += LANES) {
    const int32_t lanes = channels - c < LANES ? channels - c : LANES;
    if (lanes < LANES) bias_backward(g, type, output, rows, channels, c, lanes, out, sums, masks, affine);
    else if (affine && out) bias_backward(g, type, output, rows, channels, c, LANES, out, sums, 1, 1);
    else bias_backward(g, type, output, rows, channels, c, LANES, out, sums, masks, affine);
  }
}

FK_CLONES
void fk_bias_backward(
    const void *g, fk_type type, fk_term output, int64_t rows, int32_t channels, void *out, double *sums) {
  if (type == FK_BFLOAT16) bias_backward_typed(g, FK_BFLOAT16, &output, rows, channels, out, sums);
  else bias_backward_typed(g, FK_FLOAT32, &output, rows, channels, out, sums);
}

void fk_bias_backward_merge(const double *sums, int64_t blocks, int32_t channels, float *total) {
  for (int32_t c = 0; c < channels; c++) {
    double sum = 0;
    for (int64_t b = 0; b < blocks; b++) sum += sums[b * channels + c];
    total[c] = (float)sum;
  }
}

FK_CLONES
void fk_sum_parts(const float *parts, int64_t count, int32_t number, int64_t begin, int64_t end, float *out) {
  for (int64_t i = begin; i < end; i++) {
    float sum = parts[i];
    for (int32_t p = 1; p < number; p++) sum += parts[p * count + i];
    out[i] = sum;
  }
}

FK_CLONES
void fk_dropout(const float *in, int64_t first, int64_t count, uint64_t key, float rate, float *out) {
  const float scale = 1 / (1 - rate);
  const uint64_t limit = (uint64_t)((double)rate * 4294967296.0);
  for (int64_t i = 0; i < count; i++) {
    uint64_t z = key + (uint64_t)(first + i) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    out[i] = (z >> 32) < limit ? 0 : in[i] * scale;
  }
}
