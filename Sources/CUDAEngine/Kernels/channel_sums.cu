// Second stages of sums over rows, and a frozen batch norm: one number a channel.

// The vectors of a batch norm from its running statistics. Without shift and mean (null) these are 0.
// One channel a thread: LaunchShape.elements.
KERNEL(norm_frozen)
(const float *gamma, const float *beta, const float *running_mean, const float *running_variance,
 float *vectors, int channels, float epsilon) {
  const int c = (int)(blockIdx.x * 256 + threadIdx.x);
  if (c >= channels) return;
  const double inverse = 1 / sqrt((double)running_variance[c] + epsilon);
  vectors[c] = (float)(gamma[c] * inverse);
  vectors[channels + c] = beta ? beta[c] : 0;
  vectors[2 * channels + c] = running_mean ? running_mean[c] : 0;
  vectors[3 * channels + c] = (float)inverse;
}

// From sums of g and g * (x - mean): gradients of the scale and the shift, and coefficients [3, channels] = a, b, c of
// dx = a * g + b * (x - mean) + c. LaunchShape.channels.
KERNEL(norm_backward_finish)
(const float *partial, const float *vectors, float *dgamma, float *dbeta, float *coefficients, int rows,
 int channels, int slabs) {
  double totals[2];
  const int c = sum_slabs(partial, channels, slabs, totals);
  if (c < 0) return;
  const double scale = vectors[c], inverse = vectors[3 * channels + c];
  const double projection = totals[1] * inverse;
  dbeta[c] = (float)totals[0];
  dgamma[c] = (float)projection;
  coefficients[c] = vectors[c];
  coefficients[channels + c] = (float)(-scale * inverse * projection / rows);
  coefficients[2 * channels + c] = (float)(-scale * totals[0] / rows);
}

// Sums of the columns of g over a slab of rows. partial: [slabs, channels]. LaunchShape.columns.
KERNEL(column_sums_f32)(const float *g, float *partial, int rows, int channels, int slab_rows) {
  const slab s(rows, channels, slab_rows);
  const bool wide = channels % 8 == 0 && aligned(g);
  float sums[1][8] = {};
  for (int row = s.row; row < s.end; row += LINES) {
    const eight<float> e = load(g + (u64)row * channels + s.channel, s.valid, wide);
    UNROLL for (int i = 0; i < 8; i++) sums[0][i] += e.at[i];
  }
  store_sums(sums, partial, channels, 1);
}

// LaunchShape.channels.
KERNEL(column_sums_finish)(const float *partial, float *sums, int slabs, int channels) {
  double totals[1];
  const int c = sum_slabs(partial, channels, slabs, totals);
  if (c >= 0) sums[c] = (float)totals[0];
}

// Sums of two quantities. LaunchShape.channels.
KERNEL(two_sums_finish)(const float *partial, float *first, float *second, int slabs, int channels) {
  double totals[2];
  const int c = sum_slabs(partial, channels, slabs, totals);
  if (c < 0) return;
  first[c] = (float)totals[0];
  second[c] = (float)totals[1];
}
