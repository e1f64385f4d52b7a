#include "fk_raster.h"

#include <math.h>
#include <string.h>

#include "fk_simd.h"

// Samples that are normalised at a time. They stay in the L1 cache with their copy, means and deviations.
enum { TILE_SAMPLES = 1024 };

// A run of bytes that are contiguous both in a source pixel and in an output pixel. Its length is a power of two, 32 at
// most.
typedef struct {
  int32_t source, target, bytes;
} piece;

// Cuts the chosen bands into the fewest pieces, neighbouring bands together. Returns the number of pieces.
static int32_t cut(const int32_t *chosen, int32_t bands, int32_t sample_bytes, piece *pieces) {
  int32_t count = 0;
  for (int32_t band = 0; band < bands;) {
    int32_t run = 1;
    while (band + run < bands && chosen[band + run] == chosen[band] + run) run++;
    int32_t samples = 1;
    while (2 * samples <= run && 2 * samples * sample_bytes <= 32) samples *= 2;
    pieces[count++] = (piece){chosen[band] * sample_bytes, band * sample_bytes, samples * sample_bytes};
    band += samples;
  }
  return count;
}

// Copies stay scalar: compilers make gathers and scatters of them, which take several times as long.
#define COPY(BYTES)                                                                                  \
  case BYTES:                                                                                        \
    _Pragma("clang loop vectorize(disable)")                                                         \
    for (int64_t x = 0; x < pixels; x++) memcpy(to + x * target_step, from + x * source_step, BYTES); \
    break

// Copies the pieces of `pixels` pixels. The steps are the bytes from one pixel to the next.
FK_INLINE void pick(const char *source, int64_t source_step, char *target, int64_t target_step,
                    int64_t pixels, const piece *pieces, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    const char *from = source + pieces[i].source;
    char *to = target + pieces[i].target;
    switch (pieces[i].bytes) {
      COPY(1);
      COPY(2);
      COPY(4);
      COPY(8);
      COPY(16);
      COPY(32);
    }
  }
}

// Repeats the values of the bands for each of the first `count` samples.
FK_INLINE void repeat(const float *values, int32_t bands, float *tile, int64_t count) {
  for (int64_t i = 0; i < count; i++) tile[i] = values[i % bands];
}

// Pixels of a tile: as many as its samples allow, but a multiple of 16.
static int64_t tile_width(int32_t bands) { return TILE_SAMPLES / bands / 16 * 16; }

// Whether the chosen bands of neighbouring pixels lie one behind the other.
static int32_t is_gapless(const fk_raster_window *window, const int32_t *chosen) {
  for (int32_t band = 0; band < window->bands; band++) {
    if (chosen[band] != band) return 0;
  }
  return window->bands == window->source_bands && window->column_step == 1;
}

// The loops for one type of samples; VALUE is the float of sample `i`.
#define NORMALISE(SAMPLE, VALUE)                                                                        \
  piece pieces[FK_RASTER_MAX_BANDS];                                                                    \
  int32_t bands = window->bands, count = cut(chosen, bands, sizeof(SAMPLE), pieces);                    \
  int32_t gapless = is_gapless(window, chosen);                                                         \
  int64_t pixel_bytes = window->source_bands * (int64_t)sizeof(SAMPLE);                                 \
  int64_t height = window->height, width = window->width, tile_pixels = tile_width(bands);              \
  if (gapless && window->row_step == width) {                                                           \
    width *= height;                                                                                    \
    height = 1;                                                                                         \
  }                                                                                                     \
  _Alignas(64) SAMPLE tile[TILE_SAMPLES];                                                               \
  _Alignas(64) float means[TILE_SAMPLES], stds[TILE_SAMPLES];                                           \
  repeat(mean, bands, means, tile_pixels * bands);                                                      \
  repeat(std, bands, stds, tile_pixels * bands);                                                        \
  for (int64_t y = 0; y < height; y++) {                                                                \
    for (int64_t x = 0; x < width; x += tile_pixels) {                                                  \
      int64_t pixels = width - x < tile_pixels ? width - x : tile_pixels;                               \
      int64_t first = window->origin + y * window->row_step + x * window->column_step;                  \
      const SAMPLE *from = source + first * window->source_bands;                                       \
      float *target = out + (y * width + x) * bands;                                                    \
      if (gapless) {                                                                                    \
        for (int64_t i = 0; i < pixels * bands; i++) target[i] = (VALUE(from) - means[i]) / stds[i];    \
      } else {                                                                                          \
        pick((const char *)from, window->column_step * pixel_bytes, (char *)tile,                       \
             bands * (int64_t)sizeof(SAMPLE), pixels, pieces, count);                                   \
        for (int64_t i = 0; i < pixels * bands; i++) target[i] = (VALUE(tile) - means[i]) / stds[i];    \
      }                                                                                                 \
    }                                                                                                   \
  }

FK_CLONES void fk_raster_normalise_u8(const uint8_t *source, const fk_raster_window *window,
                                      const int32_t *chosen, const float *mean, const float *std,
                                      float *out) {
#define VALUE(samples) (float)(samples)[i]
  NORMALISE(uint8_t, VALUE)
#undef VALUE
}

FK_CLONES void fk_raster_normalise_u16(const uint16_t *source, const fk_raster_window *window,
                                       const int32_t *chosen, const float *mean, const float *std,
                                       float *out) {
#define VALUE(samples) (float)(samples)[i]
  NORMALISE(uint16_t, VALUE)
#undef VALUE
}

FK_INLINE float clean(float value, const fk_raster_cleaning *cleaning, float fill) {
  if (isnan(value) || (cleaning->fill_infinite && isinf(value))) return fill;
  return value < cleaning->low ? cleaning->low : value > cleaning->high ? cleaning->high : value;
}

FK_CLONES void fk_raster_normalise_f32(const float *source, const fk_raster_window *window,
                                       const int32_t *chosen, const fk_raster_cleaning *cleaning,
                                       const float *fill, const float *mean, const float *std, float *out) {
  fk_raster_cleaning rules = *cleaning;
  _Alignas(64) float fills[TILE_SAMPLES];
  repeat(fill, window->bands, fills, tile_width(window->bands) * window->bands);
#define VALUE(samples) clean((samples)[i], &rules, fills[i])
  NORMALISE(float, VALUE)
#undef VALUE
}

FK_CLONES int64_t fk_raster_nonfinite(const float *source, int64_t count, int64_t step) {
  int64_t found = 0;
  if (step == 1) {
    for (int64_t i = 0; i < count; i++) found += !isfinite(source[i]);
  } else {
    for (int64_t i = 0; i < count; i++) found += !isfinite(source[i * step]);
  }
  return found;
}

#define INTEGER_MOMENTS(SAMPLE)                                                       \
  uint64_t sum = 0;                                                                   \
  for (int64_t i = 0; i < count; i++) sum += source[i * step];                        \
  fk_raster_moments moments = {count, count ? (double)sum / (double)count : 0, 0};    \
  for (int64_t i = 0; i < count; i++) {                                               \
    double difference = source[i * step] - moments.mean;                              \
    moments.squares += difference * difference;                                       \
  }                                                                                   \
  return moments

fk_raster_moments fk_raster_moments_u8(const uint8_t *source, int64_t count, int64_t step) {
  INTEGER_MOMENTS(uint8_t);
}

fk_raster_moments fk_raster_moments_u16(const uint16_t *source, int64_t count, int64_t step) {
  INTEGER_MOMENTS(uint16_t);
}

#define CLEANED_MOMENTS                                                \
  fk_raster_moments moments = {0, 0, 0};                               \
  double sum = 0;                                                      \
  for (int64_t i = 0; i < count; i++) {                                \
    float value = clean((float)source[i * step], cleaning, fill);      \
    if (!isfinite(value)) continue;                                    \
    sum += value;                                                      \
    moments.count++;                                                   \
  }                                                                    \
  if (moments.count) moments.mean = sum / (double)moments.count;       \
  for (int64_t i = 0; i < count; i++) {                                \
    float value = clean((float)source[i * step], cleaning, fill);      \
    if (!isfinite(value)) continue;                                    \
    double difference = value - moments.mean;                          \
    moments.squares += difference * difference;                        \
  }                                                                    \
  return moments

fk_raster_moments fk_raster_moments_f32(const float *source, int64_t count, int64_t step,
                                        const fk_raster_cleaning *cleaning, float fill) {
  CLEANED_MOMENTS;
}

fk_raster_moments fk_raster_clipped_moments_u8(const uint8_t *source, int64_t count, int64_t step,
                                               const fk_raster_cleaning *cleaning) {
  const float fill = 0;
  CLEANED_MOMENTS;
}

fk_raster_moments fk_raster_clipped_moments_u16(const uint16_t *source, int64_t count, int64_t step,
                                                const fk_raster_cleaning *cleaning) {
  const float fill = 0;
  CLEANED_MOMENTS;
}
