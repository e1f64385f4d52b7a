#include "fk_raster.h"

#include <math.h>

// Pixels of one row that are normalised band by band before they are interleaved; stays in L1.
enum { TILE = 64 };

static inline float clean(float value, const fk_raster_cleaning *cleaning, float fill) {
  if (isnan(value) || (cleaning->fill_infinite && isinf(value))) return fill;
  return value < cleaning->low ? cleaning->low : value > cleaning->high ? cleaning->high : value;
}

static void interleave(float tile[][TILE], int32_t bands, int32_t pixels, float *out) {
  for (int32_t x = 0; x < pixels; x++)
    for (int32_t band = 0; band < bands; band++) out[(int64_t)x * bands + band] = tile[band][x];
}

// The loops of both sample types; CONVERT gives the float of `sample` of `band`.
#define NORMALISE(CONVERT)                                                                               \
  float tile[FK_RASTER_MAX_BANDS][TILE];                                                                 \
  for (int32_t y = 0; y < window->height; y++) {                                                         \
    for (int32_t x0 = 0; x0 < window->width; x0 += TILE) {                                               \
      int32_t pixels = window->width - x0 < TILE ? window->width - x0 : TILE;                            \
      for (int32_t band = 0; band < window->bands; band++) {                                             \
        int64_t start = band * window->plane + window->origin + y * window->row_step                     \
                        + x0 * window->column_step;                                                      \
        float m = mean[band], s = std[band];                                                             \
        if (window->column_step == 1) {                                                                  \
          for (int32_t x = 0; x < pixels; x++) tile[band][x] = (CONVERT(source[start + x]) - m) / s;      \
        } else {                                                                                         \
          for (int32_t x = 0; x < pixels; x++)                                                           \
            tile[band][x] = (CONVERT(source[start + x * window->column_step]) - m) / s;                  \
        }                                                                                                \
      }                                                                                                  \
      interleave(tile, window->bands, pixels, out + ((int64_t)y * window->width + x0) * window->bands);  \
    }                                                                                                    \
  }

void fk_raster_normalise_u16(const uint16_t *source, const fk_raster_window *window, const float *mean,
                             const float *std, float *out) {
#define FROM_U16(sample) ((float)(sample))
  NORMALISE(FROM_U16)
#undef FROM_U16
}

void fk_raster_normalise_f32(const float *source, const fk_raster_window *window,
                             const fk_raster_cleaning *cleaning, const float *fill, const float *mean,
                             const float *std, float *out) {
#define FROM_F32(sample) clean(sample, cleaning, fill[band])
  NORMALISE(FROM_F32)
#undef FROM_F32
}

int64_t fk_raster_nonfinite(const float *source, int64_t count) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) found += !isfinite(source[i]);
  return found;
}

fk_raster_moments fk_raster_moments_u16(const uint16_t *source, int64_t count) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum += source[i];
  fk_raster_moments moments = {count, count ? (double)sum / (double)count : 0, 0};
  for (int64_t i = 0; i < count; i++) {
    double difference = source[i] - moments.mean;
    moments.squares += difference * difference;
  }
  return moments;
}

fk_raster_moments fk_raster_moments_f32(const float *source, int64_t count,
                                        const fk_raster_cleaning *cleaning, float fill) {
  fk_raster_moments moments = {0, 0, 0};
  double sum = 0;
  for (int64_t i = 0; i < count; i++) {
    float value = clean(source[i], cleaning, fill);
    if (!isfinite(value)) continue;
    sum += value;
    moments.count++;
  }
  if (moments.count) moments.mean = sum / (double)moments.count;
  for (int64_t i = 0; i < count; i++) {
    float value = clean(source[i], cleaning, fill);
    if (!isfinite(value)) continue;
    double difference = value - moments.mean;
    moments.squares += difference * difference;
  }
  return moments;
}
