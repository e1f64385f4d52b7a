// Passes over elements: sums with ReLU and masks, sums of columns, channels, dropout.

// y = wa * a + wb * b, and ReLU if `relu`; b may be missing (null). y may be a or b. LaunchShape.pass.
KERNEL(combine)(const element *a, const element *b, element *y, u64 count, float wa, float wb, int relu) {
  const pass p(count);
  if (p.valid == 0) return;
  const bool wide = p.valid == 8 && aligned(a) && aligned(y);
  const eight<element> e = load(a + p.at, p.valid, wide);
  float v[8];
  UNROLL for (int i = 0; i < 8; i++) v[i] = wa * up(e.at[i]);
  if (b) {
    const eight<element> f = load(b + p.at, p.valid, wide && aligned(b));
    UNROLL for (int i = 0; i < 8; i++) v[i] += wb * up(f.at[i]);
  }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(relu ? relu_of(v[i]) : v[i], r.at[i]);
  store(y + p.at, r, p.valid, wide);
}

// y = a + b where mask > 0, else 0. b may be missing (then a), mask too (then everywhere). y may be a or b.
// LaunchShape.pass.
KERNEL(add_masked)(const element *a, const element *b, const element *mask, element *y, u64 count) {
  const pass p(count);
  if (p.valid == 0) return;
  const bool wide = p.valid == 8 && aligned(a) && aligned(y);
  const eight<element> e = load(a + p.at, p.valid, wide);
  float v[8];
  UNROLL for (int i = 0; i < 8; i++) v[i] = up(e.at[i]);
  if (b) {
    const eight<element> f = load(b + p.at, p.valid, wide && aligned(b));
    UNROLL for (int i = 0; i < 8; i++) v[i] += up(f.at[i]);
  }
  if (mask) {
    const eight<element> m = load(mask + p.at, p.valid, wide && aligned(mask));
    UNROLL for (int i = 0; i < 8; i++)
      if (!(up(m.at[i]) > 0)) v[i] = 0;
  }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(v[i], r.at[i]);
  store(y + p.at, r, p.valid, wide);
}

// Sums of the columns of g over a slab of rows. partial: [slabs, channels]. LaunchShape.columns.
KERNEL(column_sums)(const element *g, float *partial, int rows, int channels, int slab_rows) {
  const slab s(rows, channels, slab_rows);
  const bool wide = channels % 8 == 0 && aligned(g);
  float sums[1][8] = {};
  for (int row = s.row; row < s.end; row += LINES) {
    const eight<element> e = load(g + (u64)row * channels + s.channel, s.valid, wide);
    UNROLL for (int i = 0; i < 8; i++) sums[0][i] += up(e.at[i]);
  }
  store_sums(sums, partial, channels, 1);
}

// Channels from_begin ..< + channels of rows [rows, from_channels], times `scale`, to channels to_begin ..< of rows
// [rows, to_channels]. LaunchShape.bundles of `channels`.
KERNEL(copy_channels)
(const element *from, element *to, int rows, int from_channels, int from_begin, int to_channels, int to_begin,
 int channels, float scale) {
  const bundle b(rows, channels);
  if (b.valid == 0) return;
  const bool whole = (from_channels | from_begin | to_channels | to_begin | channels) % 8 == 0;
  const bool wide = whole && aligned(from) && aligned(to);
  eight<element> e = load(from + (u64)b.row * from_channels + from_begin + b.channel, b.valid, wide);
  UNROLL for (int i = 0; i < 8; i++) down(up(e.at[i]) * scale, e.at[i]);
  store(to + (u64)b.row * to_channels + to_begin + b.channel, e, b.valid, wide);
}

// Dropout and its derivative. As on the CPU, what is dropped follows from the seed, the step, the number of the dropout layer,
// and the element's index among the samples of all ranks. So the mask is not stored.
// y may be x. LaunchShape.pass.
KERNEL(dropout)
(const element *x, element *y, u64 count, u64 per_sample, const step_table *step, u64 layer, float rate) {
  const pass p(count);
  if (p.valid == 0) return;
  const u64 run = step->seed * 0x9E3779B97F4A7C15u ^ step->step;
  const u64 key = run * 0xBF58476D1CE4E5B9u + layer;
  const u64 first = step->samples_before * per_sample + p.at;
  const u64 limit = (u64)((double)rate * 4294967296.0);
  const float scale = 1 / (1 - rate);
  const bool wide = p.valid == 8 && aligned(x) && aligned(y);
  eight<element> e = load(x + p.at, p.valid, wide);
  UNROLL for (int i = 0; i < 8; i++) {
    u64 z = key + (first + i) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    down((z >> 32) < limit ? 0 : up(e.at[i]) * scale, e.at[i]);
  }
  store(y + p.at, e, p.valid, wide);
}
