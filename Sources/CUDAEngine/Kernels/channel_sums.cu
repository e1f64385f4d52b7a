// Second stages of sums over rows, a frozen batch norm, and a bias as the vectors of one: one number a channel.

// Computes the vectors of a batch norm from its running statistics. The vectors apply to x. Where a layer adds a bias (null
// for none), its statistics were taken of x + bias. Where running_mean and beta are null, mean and shift are 0. One channel a
// thread: LaunchShape.elements.
KERNEL(norm_frozen)
(const float *gamma, const float *beta, const float *running_mean, const float *running_variance,
 float *vectors, const float *bias, int channels, float epsilon) {
  const int c = (int)(blockIdx.x * 256 + threadIdx.x);
  if (c >= channels) return;
  const double inverse = 1 / sqrt((double)running_variance[c] + epsilon);
  vectors[c] = (float)(gamma[c] * inverse);
  vectors[channels + c] = beta ? beta[c] : 0;
  const float mean = running_mean ? running_mean[c] : 0;
  vectors[2 * channels + c] = bias ? (float)((double)mean - bias[c]) : mean;
  vectors[3 * channels + c] = (float)inverse;
}

// A bias as the vectors of a batch norm: scale 1, shift b, mean 0, inverse deviation 1. LaunchShape.elements.
KERNEL(bias_vectors)(const float *bias, float *vectors, int channels) {
  const int c = (int)(blockIdx.x * 256 + threadIdx.x);
  if (c >= channels) return;
  vectors[c] = 1;
  vectors[channels + c] = bias[c];
  vectors[2 * channels + c] = 0;
  vectors[3 * channels + c] = 1;
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

// Adds up what column_sums found. LaunchShape.channels.
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
