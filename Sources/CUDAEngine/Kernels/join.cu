// Joins of the features of several sensors: gated sums, sums of scaled channels, sums of products.

// y = b + s (a - b) with s = logistic(logits). LaunchShape.pass.
KERNEL(gated_sum)(const element *logits, const element *a, const element *b, element *y, u64 count) {
  const pass p(count);
  if (p.valid == 0) return;
  const bool wide = p.valid == 8 && aligned(logits) && aligned(a) && aligned(b) && aligned(y);
  const eight<element> l = load(logits + p.at, p.valid, wide);
  const eight<element> u = load(a + p.at, p.valid, wide), v = load(b + p.at, p.valid, wide);
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) {
    const float second = up(v.at[i]);
    down(second + logistic(up(l.at[i])) * (up(u.at[i]) - second), r.at[i]);
  }
  store(y + p.at, r, p.valid, wide);
}

// Gradients of a gated sum from that of its result: dlogits = dy (a - b) s (1 - s), da = dy s, db = dy (1 - s). Each may be
// missing (null). LaunchShape.pass.
KERNEL(gated_sum_backward)
(const element *dy, const element *logits, const element *a, const element *b, element *dlogits, element *da,
 element *db, u64 count) {
  const pass p(count);
  if (p.valid == 0) return;
  const bool wide = p.valid == 8 && aligned(dy) && aligned(logits) && aligned(a) && aligned(b) &&
                    aligned(dlogits) && aligned(da) && aligned(db);
  const eight<element> g = load(dy + p.at, p.valid, wide), l = load(logits + p.at, p.valid, wide);
  const eight<element> u = load(a + p.at, p.valid, wide), v = load(b + p.at, p.valid, wide);
  eight<element> x, y, z;
  UNROLL for (int i = 0; i < 8; i++) {
    const float s = logistic(up(l.at[i])), first = up(g.at[i]) * s;
    down(first * (1 - s) * (up(u.at[i]) - up(v.at[i])), x.at[i]);
    down(first, y.at[i]);
    down(up(g.at[i]) * (1 - s), z.at[i]);
  }
  if (dlogits) store(dlogits + p.at, x, p.valid, wide);
  if (da) store(da + p.at, y, p.valid, wide);
  if (db) store(db + p.at, z, p.valid, wide);
}

// y = w a + v b, with the weights w = weights[image, begin ..< + channels] and v the `channels` weights behind them. b may be
// missing (null). If `adds`, the sum is added to y. LaunchShape.bundles.
KERNEL(scaled_sum)
(const element *a, const element *b, const float *weights, element *y, int rows, int pixels, int channels,
 int weight_channels, int begin, int adds) {
  const bundle p(rows, channels);
  if (p.valid == 0) return;
  const u64 at = (u64)p.row * channels + p.channel;
  const float *w = weights + (u64)(p.row / pixels) * weight_channels + begin + p.channel;
  const bool wide = channels % 8 == 0 && aligned(a) && aligned(y);
  const bool whole = (channels | weight_channels | begin) % 8 == 0 && aligned(weights);
  const eight<element> e = load(a + at, p.valid, wide);
  const eight<float> first = load(w, p.valid, whole);
  float sum[8];
  UNROLL for (int i = 0; i < 8; i++) sum[i] = first.at[i] * up(e.at[i]);
  if (b) {
    const eight<element> f = load(b + at, p.valid, wide && aligned(b));
    const eight<float> second = load(w + channels, p.valid, whole);
    UNROLL for (int i = 0; i < 8; i++) sum[i] += second.at[i] * up(f.at[i]);
  }
  eight<element> r;
  if (adds) r = load(y + at, p.valid, wide);
  UNROLL for (int i = 0; i < 8; i++) down(adds ? up(r.at[i]) + sum[i] : sum[i], r.at[i]);
  store(y + at, r, p.valid, wide);
}

// sums [n, channels]: of a * b over the pixels of each image. LaunchShape.images.
KERNEL(product_sums)(const element *a, const element *b, float *sums, int n, int pixels, int channels) {
  const slab s(n * pixels, channels, pixels);
  const bool wide = channels % 8 == 0 && aligned(a) && aligned(b);
  float total[1][8] = {};
  for (int row = s.row; row < s.end; row += LINES) {
    const u64 at = (u64)row * channels + s.channel;
    const eight<element> e = load(a + at, s.valid, wide), f = load(b + at, s.valid, wide);
    UNROLL for (int i = 0; i < 8; i++) total[0][i] += up(e.at[i]) * up(f.at[i]);
  }
  store_sums(total, sums, channels, 1);
}
