// Pooling over image windows. Positions are flat indices over [N, rows, columns]. Neighbouring positions of a result, and
// of its gradient, are `pitch` elements apart.
#pragma once
#include <stdint.h>

#include "fk_gather.h"

typedef struct {
  int32_t height, width;          // of the window
  int32_t stride, padding;
  int32_t rows, columns;          // output positions of one image
} fk_pool_window;

// Maximum over each window, [N, rows, columns, C], for output positions first..<first + count. `index`, if it is not
// NULL, gets the row-major place of the first maximum in the window, [N, rows, columns, C]. Padding is never the
// maximum.
void fk_max_pool(
    const fk_source *source, const fk_pool_window *window, int64_t first, int64_t count, void *out,
    fk_type type, int64_t pitch, uint8_t *index);

// Gradient of fk_max_pool for positions first..<first + count of the input [N, height, width, C]. Overwrites.
void fk_max_pool_backward(
    const void *g, fk_type type, int64_t pitch, const uint8_t *index, const fk_pool_window *window, int32_t height,
    int32_t width, int32_t channels, int64_t first, int64_t count, void *out);

// Mean over each window, [N, rows, columns, C], for output positions first..<first + count. Padding counts as
// zeros.
void fk_window_mean(
    const fk_source *source, const fk_pool_window *window, int64_t first, int64_t count, void *out,
    fk_type type, int64_t pitch);

// Gradient of fk_window_mean for positions first..<first + count of the input [N, height, width, C]. Overwrites.
void fk_window_mean_backward(
    const void *g, fk_type type, int64_t pitch, const fk_pool_window *window, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, void *out);

// Means under a grid of rows x columns windows that covers the image, [N, rows, columns, C], for output positions
// first..<first + count. Window i of k on n pixels covers i * n / k (rounded down) to (i + 1) * n / k (rounded up).
void fk_grid_mean(
    const fk_source *source, int32_t rows, int32_t columns, int64_t first, int64_t count, void *out,
    fk_type type);

// Gradient of fk_grid_mean for positions first..<first + count of the input [N, height, width, C]. Overwrites.
void fk_grid_mean_backward(
    const void *g, fk_type type, int32_t rows, int32_t columns, int32_t height, int32_t width,
    int32_t channels, int64_t first, int64_t count, void *out);

// out[c] = mean of image x [pixels, channels].
void fk_average_pool(const void *x, fk_type type, int64_t pixels, int32_t channels, float *out);

// out [pixels, channels] = g[c] / pixels. Overwrites.
void fk_average_pool_backward(const float *g, int64_t pixels, int32_t channels, void *out, fk_type type);
