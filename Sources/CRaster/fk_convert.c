#include "fk_raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fk_simd.h"

// Samples that are copied before they are converted, so that floats may take the place of what they are made from.
enum { BLOCK = 512 };

// Each operation is rounded by itself.
FK_INLINE float value_of(double stored, const fk_raster_numbers *numbers, float factor, float addend) {
#pragma STDC FP_CONTRACT OFF
  double scaled = stored * numbers->scale;
  float value = (float)(scaled + numbers->offset);
  float product = value * factor;
  float sum = product + addend;
  return stored == numbers->missing[0] || stored == numbers->missing[1] ? NAN : sum;
}

// Floats are wider than integers and narrower than doubles. So the last integers and the first doubles are converted first:
// then no sample is overwritten before it is read.
#define FLOATS(SAMPLE)                                                                             \
  SAMPLE block[BLOCK];                                                                             \
  int64_t blocks = (count + BLOCK - 1) / BLOCK;                                                    \
  for (int64_t n = 0; n < blocks; n++) {                                                           \
    int64_t start = (sizeof(SAMPLE) > sizeof(float) ? n : blocks - 1 - n) * BLOCK;                 \
    int64_t length = count - start < BLOCK ? count - start : BLOCK;                                \
    memcpy(block, (const SAMPLE *)source + start, (size_t)length * sizeof(SAMPLE));                \
    float *target = out + start;                                                                   \
    if (bands == 1) {                                                                              \
      fk_raster_numbers one = numbers[0];                                                          \
      for (int64_t i = 0; i < length; i++) target[i] = value_of((double)block[i], &one, factor, addend); \
    } else {                                                                                       \
      int64_t band = start % bands;                                                                \
      for (int64_t i = 0; i < length; i++) {                                                       \
        target[i] = value_of((double)block[i], numbers + band, factor, addend);                    \
        if (++band == bands) band = 0;                                                             \
      }                                                                                            \
    }                                                                                              \
  }

FK_CLONES void fk_raster_floats(const void *source, int32_t type, int64_t count,
                                const fk_raster_numbers *numbers, int32_t bands, const float *factors,
                                float *out) {
  float factor = factors[0], addend = factors[1];
  switch (type) {
    case FK_RASTER_U8: {
      FLOATS(uint8_t)
      break;
    }
    case FK_RASTER_U16: {
      FLOATS(uint16_t)
      break;
    }
    case FK_RASTER_I16: {
      FLOATS(int16_t)
      break;
    }
    case FK_RASTER_F32: {
      FLOATS(float)
      break;
    }
    case FK_RASTER_F64: {
      FLOATS(double)
      break;
    }
  }
}

#define HAS(SAMPLE)                                                                     \
  if (step == 1) {                                                                      \
    for (int64_t start = 0; start < count; start += 4 * BLOCK) {                        \
      int64_t end = count - start < 4 * BLOCK ? count : start + 4 * BLOCK;              \
      SAMPLE found = 0;                                                                 \
      for (int64_t i = start; i < end; i++) found |= source[i] == value;                \
      if (found) return 1;                                                              \
    }                                                                                   \
  } else {                                                                              \
    for (int64_t i = 0; i < count; i++) {                                               \
      if (source[i * step] == value) return 1;                                          \
    }                                                                                   \
  }                                                                                     \
  return 0

FK_CLONES int32_t fk_raster_has_u8(const uint8_t *source, int64_t count, int64_t step, uint8_t value) {
  HAS(uint8_t);
}

FK_CLONES int32_t fk_raster_has_u16(const uint16_t *source, int64_t count, int64_t step, uint16_t value) {
  HAS(uint16_t);
}

FK_CLONES void fk_raster_mark_f32(float *samples, int64_t count, int64_t step, float value) {
  if (step == 1) {
    for (int64_t i = 0; i < count; i++) samples[i] = samples[i] == value ? NAN : samples[i];
  } else {
    for (int64_t i = 0; i < count; i++) {
      if (samples[i * step] == value) samples[i * step] = NAN;
    }
  }
}

void fk_raster_lines(int32_t source, int32_t target, fk_raster_line *lines) {
  for (int32_t t = 0; t < target; t++) {
    double s = (t + 0.5) * source / target - 0.5, last = source - 1;
    s = s < 0 ? 0 : s > last ? last : s;
    int32_t low = (int32_t)s;
    lines[t] = (fk_raster_line){s - low, low, low + 1 < source ? low + 1 : low};
  }
}

// A weight of 0 takes no part: 0 * NaN is NaN.
FK_INLINE double mix(double low, double high, double weight) {
  return weight == 0 ? low : low * (1 - weight) + high * weight;
}

FK_CLONES void fk_raster_bilinear(const float *source, int32_t source_width, int32_t bands,
                                  const fk_raster_line *rows, int32_t height, const fk_raster_line *columns,
                                  int32_t width, float *out) {
  int64_t row_samples = (int64_t)source_width * bands;
  for (int32_t y = 0; y < height; y++) {
    const float *upper = source + rows[y].low * row_samples, *lower = source + rows[y].high * row_samples;
    for (int32_t x = 0; x < width; x++) {
      int64_t left = columns[x].low * (int64_t)bands, right = columns[x].high * (int64_t)bands;
      float *target = out + ((int64_t)y * width + x) * bands;
      for (int32_t band = 0; band < bands; band++) {
        double top = mix(upper[left + band], upper[right + band], columns[x].weight);
        double bottom = mix(lower[left + band], lower[right + band], columns[x].weight);
        target[band] = (float)mix(top, bottom, rows[y].weight);
      }
    }
  }
}

#define REPEAT(BYTES)                                                                              \
  case BYTES:                                                                                      \
    for (int32_t x = 0; x < width; x++) {                                                          \
      memcpy(to + x * (int64_t)BYTES, from + (int64_t)x * source_width / width * BYTES, BYTES);    \
    }                                                                                              \
    break

void fk_raster_nearest(const void *source, int32_t source_height, int32_t source_width, int64_t bytes,
                       void *out, int32_t height, int32_t width) {
  int64_t row_bytes = width * bytes;
  int64_t last = -1;
  for (int32_t y = 0; y < height; y++) {
    int64_t row = (int64_t)y * source_height / height;
    char *to = (char *)out + y * row_bytes;
    if (row == last) {
      memcpy(to, to - row_bytes, (size_t)row_bytes);
      continue;
    }
    last = row;
    const char *from = (const char *)source + row * source_width * bytes;
    switch (bytes) {
      REPEAT(1);
      REPEAT(2);
      REPEAT(4);
      REPEAT(8);
      REPEAT(12);
      REPEAT(16);
      default:
        for (int32_t x = 0; x < width; x++) {
          memcpy(to + x * bytes, from + (int64_t)x * source_width / width * bytes, (size_t)bytes);
        }
    }
  }
}

FK_CLONES void fk_raster_spread(const float *source, int64_t pixels, const int32_t *targets, int32_t count,
                                float *out, int32_t bands) {
  for (int64_t pixel = 0; pixel < pixels; pixel++) {
    for (int32_t i = 0; i < count; i++) out[pixel * bands + targets[i]] = source[pixel * count + i];
  }
}

#define PLACE(BYTES)                                                                              \
  case BYTES:                                                                                     \
    for (int64_t i = 0; i < count; i++) {                                                         \
      memcpy((char *)out + i * step * BYTES, (const char *)source + i * BYTES, BYTES);            \
    }                                                                                             \
    break

void fk_raster_place(const void *source, int64_t count, int32_t bytes, void *out, int64_t step) {
  switch (bytes) {
    PLACE(1);
    PLACE(2);
    PLACE(4);
    PLACE(8);
  }
}
