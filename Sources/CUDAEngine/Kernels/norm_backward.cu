// Derivative of a batch norm and of a ReLU behind it, in two passes.
//
// relu: 0 without ReLU; 1 where norm(x) > 0 the gradient passes; 2 where the stored output y > 0 it passes.

DEVICE bool passes(float x, float y, float scale, float shift, float mean, int relu) {
  return relu == 0 || (relu == 1 ? normalised(x, scale, shift, mean) : y) > 0;
}

template <bool WIDE>
DEVICE void add_products(
  const element *dy, const element *x, const element *y, const float *vectors, const slab &s, int channels,
  int relu, float (&sums)[2][8]) {
  if (s.valid == 0) return;
  const eight<float> scale = load(vectors + s.channel, s.valid, WIDE);
  const eight<float> shift = load(vectors + channels + s.channel, s.valid, WIDE);
  const eight<float> mean = load(vectors + 2 * channels + s.channel, s.valid, WIDE);
  UNROLL_BY(2)
  for (int row = s.row; row < s.end; row += LINES) {
    const u64 at = (u64)row * channels + s.channel;
    const eight<element> d = load(dy + at, s.valid, WIDE), e = load(x + at, s.valid, WIDE);
    eight<element> out = e;
    if (relu == 2) out = load(y + at, s.valid, WIDE);
    UNROLL for (int i = 0; i < 8; i++) {
      const float v = up(e.at[i]);
      const float g =
        passes(v, up(out.at[i]), scale.at[i], shift.at[i], mean.at[i], relu) ? up(d.at[i]) : 0;
      sums[0][i] += g;
      sums[1][i] += g * (v - mean.at[i]);
    }
  }
}

// Sums of g and g * (x - mean) over a slab of rows, g being the gradient before the ReLU. y is read if relu is 2.
// partial: [slabs, 2, channels]. LaunchShape.columns.
KERNEL(norm_backward_sums)
(const element *dy, const element *x, const element *y, const float *vectors, float *partial, int rows,
 int channels, int slab_rows, int relu) {
  const slab s(rows, channels, slab_rows);
  float sums[2][8] = {};
  const bool wide =
    channels % 8 == 0 && aligned(dy) && aligned(x) && aligned(vectors) && (relu != 2 || aligned(y));
  if (wide) add_products<true>(dy, x, y, vectors, s, channels, relu, sums);
  else add_products<false>(dy, x, y, vectors, s, channels, relu, sums);
  store_sums(sums, partial, channels, 1);
}

// dx = a * g + b * (x - mean) + c with coefficients [3, channels]. dx may be dy. LaunchShape.pass.
KERNEL(norm_backward_apply)
(const element *dy, const element *x, const element *y, const float *vectors, const float *coefficients,
 element *dx, u64 count, int channels, int relu) {
  const pass p(count);
  if (p.valid == 0) return;
  int channel;
  divide(p.at, channels, channel);
  const bool wide = p.valid == 8 && aligned(dy) && aligned(x) && aligned(dx);
  const bool whole = channels % 8 == 0 && aligned(vectors) && aligned(coefficients);
  const eight<element> d = load(dy + p.at, p.valid, wide), e = load(x + p.at, p.valid, wide);
  const eight<float> mean = channel_values(vectors + 2 * channels, channel, channels, whole);
  eight<float> g;
  UNROLL for (int i = 0; i < 8; i++) g.at[i] = up(d.at[i]);
  if (relu == 1) {
    const eight<float> scale = channel_values(vectors, channel, channels, whole);
    const eight<float> shift = channel_values(vectors + channels, channel, channels, whole);
    UNROLL for (int i = 0; i < 8; i++)
      if (!passes(up(e.at[i]), 0, scale.at[i], shift.at[i], mean.at[i], 1)) g.at[i] = 0;
  } else if (relu == 2) {
    const eight<element> out = load(y + p.at, p.valid, wide && aligned(y));
    UNROLL for (int i = 0; i < 8; i++)
      if (!(up(out.at[i]) > 0)) g.at[i] = 0;
  }
  const eight<float> a = channel_values(coefficients, channel, channels, whole);
  const eight<float> b = channel_values(coefficients + channels, channel, channels, whole);
  const eight<float> c = channel_values(coefficients + 2 * channels, channel, channels, whole);
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++)
    down(a.at[i] * g.at[i] + (b.at[i] * (up(e.at[i]) - mean.at[i]) + c.at[i]), r.at[i]);
  store(dx + p.at, r, p.valid, wide);
}
