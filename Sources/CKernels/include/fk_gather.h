// Rows of a convolution's matrix form (im2col), built on the fly for a block of output positions.
#pragma once
#include <stdint.h>

#include "fk_type.h"

// A tensor read through an optional affine map per channel and an optional ReLU: max(x * scale + shift, 0).
// scale == NULL reads x as it is. Padding is 0 after the map. Neighbouring pixels are `pitch` elements apart: more than
// `channels`, if x is some of the channels of a wider tensor.
typedef struct {
  const void *data;     // [N, height, width, channels]
  fk_type type;
  const float *scale;   // [channels] or NULL
  const float *shift;   // [channels] or NULL
  int32_t relu;
  int32_t height, width, channels, pitch;
} fk_source;

// The window that each output position sees: tap t of position (i, j) is pixel
// (i * stride + dh[t], j * stride + dw[t]), channels channel_begin..<channel_end.
typedef struct {
  const int32_t *dh, *dw;
  int32_t taps;
  int32_t stride;
  int32_t rows, columns;  // output positions of one image
  int32_t channel_begin, channel_end;
} fk_window;

// out[r] = the taps of output position first + r, [count, taps, channel_end - channel_begin].
// Positions run over [N, rows, columns]. Overwrites.
void fk_gather(const fk_source *source, const fk_window *window, int64_t first, int64_t count, float *out);

// out[c, r] = in[r, c] for a row-major [rows, columns] matrix. Overwrites.
void fk_transpose(const float *in, int64_t rows, int64_t columns, float *out);
