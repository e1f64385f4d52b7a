// Layer normalisation over the channels of each row. A warp has a row: lane l has channels l, l + 32, and so on.
//
// The mean is kept as two numbers, a first mean and the mean of the differences to it, so that a large offset costs no
// digits.

struct row_moments {
  float mean, rest, inverse;

  // The row's moments, from all lanes of a warp.
  MEMBER row_moments(const element *x, int channels, float epsilon) {
    float sum = 0;
    for (int c = threadIdx.x % 32; c < channels; c += 32) sum += up(x[c]);
    mean = sum_of_warp(sum) / (float)channels;
    sum = 0;
    for (int c = threadIdx.x % 32; c < channels; c += 32) sum += up(x[c]) - mean;
    rest = sum_of_warp(sum) / (float)channels;
    sum = 0;
    for (int c = threadIdx.x % 32; c < channels; c += 32) {
      const float d = up(x[c]) - mean - rest;
      sum += d * d;
    }
    inverse = 1 / sqrtf(sum_of_warp(sum) / (float)channels + epsilon);
  }

  MEMBER float normalised(element x) const { return (up(x) - mean - rest) * inverse; }
};

// LaunchShape.warps of the rows.
KERNEL(layer_norm)
(const element *x, const float *scale, const float *shift, element *y, int rows, int channels, float epsilon) {
  const u64 row = (u64)blockIdx.x * 8 + threadIdx.x / 32;
  if (row >= (u64)rows) return;  // whole warps
  const element *from = x + row * channels;
  const row_moments m(from, channels, epsilon);
  for (int c = threadIdx.x % 32; c < channels; c += 32)
    down(m.normalised(from[c]) * scale[c] + shift[c], y[row * channels + c]);
}

// The gradient of x, and for each row [mean, rest, inverse] for layer_norm_sums. LaunchShape.warps of the rows.
KERNEL(layer_norm_backward)
(const element *dy, const element *x, const float *scale, element *dx, float *moments, int rows, int channels,
 float epsilon) {
  const u64 row = (u64)blockIdx.x * 8 + threadIdx.x / 32;
  if (row >= (u64)rows) return;  // whole warps
  const element *from = x + row * channels, *gradient = dy + row * channels;
  const row_moments m(from, channels, epsilon);
  float sum = 0, product = 0;
  for (int c = threadIdx.x % 32; c < channels; c += 32) {
    const float g = up(gradient[c]) * scale[c];
    sum += g;
    product += g * m.normalised(from[c]);
  }
  const float mean = sum_of_warp(sum) / (float)channels, slope = sum_of_warp(product) / (float)channels;
  for (int c = threadIdx.x % 32; c < channels; c += 32)
    down(
      m.inverse * (up(gradient[c]) * scale[c] - mean - m.normalised(from[c]) * slope), dx[row * channels + c]);
  if (threadIdx.x % 32 != 0) return;
  moments[3 * row] = m.mean;
  moments[3 * row + 1] = m.rest;
  moments[3 * row + 2] = m.inverse;
}

// Sums of dy times the normalised x, and of dy, over a slab of rows. partial: [slabs, 2, channels]. LaunchShape.columns.
KERNEL(layer_norm_sums)
(const element *dy, const element *x, const float *moments, float *partial, int rows, int channels, int slab_rows) {
  const slab s(rows, channels, slab_rows);
  const bool wide = channels % 8 == 0 && aligned(dy) && aligned(x);
  float sums[2][8] = {};
  for (int row = s.row; row < s.end; row += LINES) {
    const u64 at = (u64)row * channels + s.channel;
    const eight<element> g = load(dy + at, s.valid, wide), e = load(x + at, s.valid, wide);
    const float *m = moments + 3 * (u64)row;
    UNROLL for (int i = 0; i < 8; i++) {
      sums[0][i] += up(g.at[i]) * ((up(e.at[i]) - m[0] - m[1]) * m[2]);
      sums[1][i] += up(g.at[i]);
    }
  }
  store_sums(sums, partial, channels, 1);
}
