// Raster patches: from the samples of a file to chosen, normalised floats, and their statistics.
#pragma once
#include <stdint.h>

// Most bands of an output pixel.
#define FK_RASTER_MAX_BANDS 16

// Which source pixel becomes output pixel (y, x): pixel origin + y * row_step + x * column_step. Crops, flips and
// quarter turns all have this form.
typedef struct {
  int64_t origin;
  int64_t row_step;
  int64_t column_step;
  int32_t height;        // of the output
  int32_t width;
  int32_t source_bands;  // samples of a source pixel, which are contiguous
  int32_t bands;         // samples of an output pixel
} fk_raster_window;

// How float samples are cleaned before they are normalised.
typedef struct {
  float low, high;       // finite samples are clipped to this range
  int32_t fill_infinite; // nonzero: infinities are filled as NaN is; zero: they are clipped
} fk_raster_cleaning;

// out[height, width, bands] = (source[.., chosen[band]] - mean[band]) / std[band]; bands of the source count from 0.
// It divides rather than multiplying by 1 / std, so that the result has the same bits wherever it is computed.
void fk_raster_normalise_u16(const uint16_t *source, const fk_raster_window *window, const int32_t *chosen,
                             const float *mean, const float *std, float *out);

// The same for samples of one byte.
void fk_raster_normalise_u8(const uint8_t *source, const fk_raster_window *window, const int32_t *chosen,
                            const float *mean, const float *std, float *out);

// The same for float samples, cleaned first: NaN becomes fill[band].
void fk_raster_normalise_f32(const float *source, const fk_raster_window *window, const int32_t *chosen,
                             const fk_raster_cleaning *cleaning, const float *fill, const float *mean,
                             const float *std, float *out);

// Number of NaN and infinite samples of `count`, each `step` samples behind the one before.
int64_t fk_raster_nonfinite(const float *source, int64_t count, int64_t step);

// Number, mean and sum of squared deviations from the mean of one band, in double precision.
typedef struct {
  int64_t count;
  double mean, squares;
} fk_raster_moments;

// Moments of `count` samples, each `step` samples behind the one before.
fk_raster_moments fk_raster_moments_u16(const uint16_t *source, int64_t count, int64_t step);

// The same for float samples, cleaned first. A finite `fill` replaces the samples that the cleaning fills; otherwise
// they are left out.
fk_raster_moments fk_raster_moments_f32(const float *source, int64_t count, int64_t step,
                                        const fk_raster_cleaning *cleaning, float fill);
