// Raster patches: from the samples of a file to chosen, normalised floats, and their statistics.
#pragma once
#include <stdint.h>

// Most bands of an output pixel.
#define FK_RASTER_MAX_BANDS 64

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
fk_raster_moments fk_raster_moments_u8(const uint8_t *source, int64_t count, int64_t step);
fk_raster_moments fk_raster_moments_u16(const uint16_t *source, int64_t count, int64_t step);

// The same for float samples, cleaned first. A finite `fill` replaces the samples that the cleaning fills; otherwise
// they are left out.
fk_raster_moments fk_raster_moments_f32(const float *source, int64_t count, int64_t step,
                                        const fk_raster_cleaning *cleaning, float fill);

// The same for integers that are clipped.
fk_raster_moments fk_raster_clipped_moments_u8(const uint8_t *source, int64_t count, int64_t step,
                                               const fk_raster_cleaning *cleaning);
fk_raster_moments fk_raster_clipped_moments_u16(const uint16_t *source, int64_t count, int64_t step,
                                                const fk_raster_cleaning *cleaning);

// Types of stored samples.
enum { FK_RASTER_U8, FK_RASTER_U16, FK_RASTER_I16, FK_RASTER_F32, FK_RASTER_F64 };

// How the stored numbers of a band become values.
typedef struct {
  double missing[2];     // numbers that mark missing samples; NaN for none
  double scale, offset;  // value = (float)(stored * scale + offset), in double precision
} fk_raster_numbers;

// out[count] = value * factors[0] + factors[1], each operation rounded to float; NaN for missing samples. Sample i is of band
// i % bands. `out` and `source` are the same address, or do not overlap.
void fk_raster_floats(const void *source, int32_t type, int64_t count, const fk_raster_numbers *numbers,
                      int32_t bands, const float *factors, float *out);

// Whether any of `count` samples, each `step` samples behind the one before, equals `value`.
int32_t fk_raster_has_u8(const uint8_t *source, int64_t count, int64_t step, uint8_t value);
int32_t fk_raster_has_u16(const uint16_t *source, int64_t count, int64_t step, uint16_t value);

// Turns samples that equal `value` into NaN.
void fk_raster_mark_f32(float *samples, int64_t count, int64_t step, float value);

// The source lines between which a line of the result lies: (1 - weight) * low + weight * high.
typedef struct {
  double weight;
  int32_t low, high;
} fk_raster_line;

// Lines for a side of `target` pixels from one of `source`. The centre of pixel t is s = (t + 0.5) * source / target - 0.5 in
// the source, held to 0 ... source - 1: from 2 to 4 pixels, s = 0, 0.25, 0.75, 1.
void fk_raster_lines(int32_t source, int32_t target, fk_raster_line *lines);

// out[height, width, bands] between the four samples of the source around each pixel. Sums are doubles, the result is rounded
// once. A result is NaN where a sample of positive weight is.
void fk_raster_bilinear(const float *source, int32_t source_width, int32_t bands, const fk_raster_line *rows,
                        int32_t height, const fk_raster_line *columns, int32_t width, float *out);

// out[height, width] of pixels of `bytes` bytes: source row = row * source_height / height rounded down, columns alike.
void fk_raster_nearest(const void *source, int32_t source_height, int32_t source_width, int64_t bytes,
                       void *out, int32_t height, int32_t width);

// out[pixel * bands + targets[i]] = source[pixel * count + i].
void fk_raster_spread(const float *source, int64_t pixels, const int32_t *targets, int32_t count, float *out,
                      int32_t bands);

// Sample i of `count` goes to place i * step of `out`. Samples have 1, 2, 4 or 8 bytes.
void fk_raster_place(const void *source, int64_t count, int32_t bytes, void *out, int64_t step);
