// Batch norm of a matrix [rows, channels]: statistics in two stages, and the normalised values.
//
// vectors: [4, channels] = scale, shift, mean, inverse deviation. A value is (x - mean) * scale + shift: with a mean of
// 1000 deviations, x * scale + (shift - mean * scale) would lose ten binary digits.

template <bool WIDE>
DEVICE void add_moments(const element *x, const slab &s, int channels, float (&sums)[2][8]) {
  if (s.valid == 0) return;
  const eight<element> pivot = load(x + s.channel, s.valid, WIDE);
  UNROLL_BY(4)
  for (int row = s.row; row < s.end; row += LINES) {
    const eight<element> e = load(x + (u64)row * channels + s.channel, s.valid, WIDE);
    UNROLL for (int i = 0; i < 8; i++) {
      const float d = up(e.at[i]) - up(pivot.at[i]);
      sums[0][i] += d;
      sums[1][i] += d * d;
    }
  }
}

// First stage: sums of d and d * d over a slab of rows; d is the difference from the channel's first value.
// partial: [slabs, 2, channels]. LaunchShape.columns.
KERNEL(norm_moments)(const element *x, float *partial, int rows, int channels, int slab_rows) {
  const slab s(rows, channels, slab_rows);
  float sums[2][8] = {};
  if (channels % 8 == 0 && aligned(x)) add_moments<true>(x, s, channels, sums);
  else add_moments<false>(x, s, channels, sums);
  store_sums(sums, partial, channels, 1);
}

// Second stage: the vectors, and the running statistics as in PyTorch: the variance with rows - 1. One row has no
// variance: the running variance stays. With a bias (else null) the layer's input is x + bias, but the vectors are those
// of x. LaunchShape.channels.
KERNEL(norm_finish)
(const element *x, const float *partial, const float *gamma, const float *beta, float *running_mean,
 float *running_variance, float *vectors, const float *bias, int rows, int channels, int slabs, float momentum,
 float epsilon) {
  double totals[2];
  const int c = sum_slabs(partial, channels, slabs, totals);
  if (c < 0) return;
  const double offset = totals[0] / rows, mean = up(x[c]) + offset;
  double squares = totals[1] - totals[0] * offset;
  if (squares < 0) squares = 0;  // rounding; NaN stays
  const double inverse = 1 / sqrt(squares / rows + epsilon);
  vectors[c] = (float)(gamma[c] * inverse);
  vectors[channels + c] = beta[c];
  vectors[2 * channels + c] = (float)mean;
  vectors[3 * channels + c] = (float)inverse;
  const double keep = 1 - (double)momentum;
  running_mean[c] = (float)(keep * running_mean[c] + momentum * (bias ? mean + bias[c] : mean));
  if (rows > 1)
    running_variance[c] = (float)(keep * running_variance[c] + momentum * squares / (rows - 1.0));
}

// Adds the normalised values of eight elements to v.
DEVICE void add_normalised(
  float (&v)[8], const eight<element> &x, const float *vectors, int channel, int channels, bool wide) {
  const eight<float> scale = channel_values(vectors, channel, channels, wide);
  const eight<float> shift = channel_values(vectors + channels, channel, channels, wide);
  const eight<float> mean = channel_values(vectors + 2 * channels, channel, channels, wide);
  UNROLL for (int i = 0; i < 8; i++) v[i] += normalised(up(x.at[i]), scale.at[i], shift.at[i], mean.at[i]);
}

// y = norm(x) + z, and ReLU if `relu`. z is missing (null), or plain (vectors2 null), or normalised by vectors2.
// y may be x or z. LaunchShape.pass.
KERNEL(norm_apply)
(const element *x, const float *vectors, const element *z, const float *vectors2, element *y, u64 count,
 int channels, int relu) {
  const pass p(count);
  if (p.valid == 0) return;
  int channel;
  divide(p.at, channels, channel);
  const bool wide = p.valid == 8 && aligned(x) && aligned(y);
  const bool whole = channels % 8 == 0 && aligned(vectors);
  float v[8] = {};
  add_normalised(v, load(x + p.at, p.valid, wide), vectors, channel, channels, whole);
  if (z) {
    const eight<element> e = load(z + p.at, p.valid, wide && aligned(z));
    if (vectors2) add_normalised(v, e, vectors2, channel, channels, whole && aligned(vectors2));
    else
      UNROLL for (int i = 0; i < 8; i++) v[i] += up(e.at[i]);
  }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(relu ? relu_of(v[i]) : v[i], r.at[i]);
  store(y + p.at, r, p.valid, wide);
}
