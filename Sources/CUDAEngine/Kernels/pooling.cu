// Pools over windows of pixels, [N, H, W, C]. A thread has eight channels of one pixel.

struct pixel {
  int image, y, x;
  MEMBER pixel(u32 row, int height, int width) {
    x = (int)(row % width);
    y = (int)(row / width % height);
    image = (int)(row / width / height);
  }
};

// Maxima, and for training (places not null) the place of each in its window: ky * kw + kx, at most 255. The first of
// equal values wins, and NaN wins over numbers. LaunchShape.bundles of the output.
KERNEL(max_pool)
(const element *x, element *y, u8 *places, int n, int h, int w, int c, int oh, int ow, int kh, int kw,
 int stride, int pad) {
  const bundle b((u64)n * oh * ow, c);
  if (b.valid == 0) return;
  const pixel out(b.row, oh, ow);
  const bool wide = c % 8 == 0 && aligned(x) && aligned(y) && (!places || aligned(places));
  float best[8];
  int place[8];
  UNROLL for (int i = 0; i < 8; i++) {
    best[i] = __int_as_float((int)0xff800000);
    place[i] = -1;
  }
  for (int ky = 0; ky < kh; ky++) {
    const int iy = out.y * stride - pad + ky;
    if (iy < 0 || iy >= h) continue;
    for (int kx = 0; kx < kw; kx++) {
      const int ix = out.x * stride - pad + kx;
      if (ix < 0 || ix >= w) continue;
      const eight<element> e = load(x + (((u64)out.image * h + iy) * w + ix) * c + b.channel, b.valid, wide);
      UNROLL for (int i = 0; i < 8; i++) {
        const float v = up(e.at[i]);
        // The first pixel is always taken, so that a window of -infinity has a place, too.
        if (v > best[i] || v != v || place[i] < 0) {
          best[i] = v;
          place[i] = ky * kw + kx;
        }
      }
    }
  }
  eight<element> r;
  eight<u8> at;
  UNROLL for (int i = 0; i < 8; i++) {
    down(best[i], r.at[i]);
    at.at[i] = (u8)place[i];
  }
  const u64 to = (u64)b.row * c + b.channel;
  store(y + to, r, b.valid, wide);
  if (places) store(places + to, at, b.valid, wide);
}

// The outputs in whose windows an input row (or column) lies, by place: those with (at + pad - k) = stride * output.
DEVICE bool output_of(int at, int k, int pad, int stride, int outputs, int &output) {
  const int distance = at + pad - k;
  output = distance / stride;
  return distance >= 0 && distance % stride == 0 && output < outputs;
}

// dx = sum of the gradients of the outputs whose maximum lay here, in order of places. LaunchShape.bundles of the input.
KERNEL(max_pool_backward)
(const element *dy, const u8 *places, element *dx, int n, int h, int w, int c, int oh, int ow, int kh, int kw,
 int stride, int pad) {
  const bundle b((u64)n * h * w, c);
  if (b.valid == 0) return;
  const pixel in(b.row, h, w);
  const bool wide = c % 8 == 0 && aligned(dy) && aligned(dx) && aligned(places);
  float sum[8] = {};
  for (int ky = 0; ky < kh; ky++) {
    int oy, ox;
    if (!output_of(in.y, ky, pad, stride, oh, oy)) continue;
    for (int kx = 0; kx < kw; kx++) {
      if (!output_of(in.x, kx, pad, stride, ow, ox)) continue;
      const u64 at = (((u64)in.image * oh + oy) * ow + ox) * c + b.channel;
      const eight<u8> place = load(places + at, b.valid, wide);
      const eight<element> g = load(dy + at, b.valid, wide);
      UNROLL for (int i = 0; i < 8; i++)
        if (place.at[i] == ky * kw + kx) sum[i] += up(g.at[i]);
    }
  }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(sum[i], r.at[i]);
  store(dx + (u64)b.row * c + b.channel, r, b.valid, wide);
}

// Means over windows; padding counts as zeros. LaunchShape.bundles of the output.
KERNEL(average_pool)
(const element *x, element *y, int n, int h, int w, int c, int oh, int ow, int kh, int kw, int stride, int pad) {
  const bundle b((u64)n * oh * ow, c);
  if (b.valid == 0) return;
  const pixel out(b.row, oh, ow);
  const bool wide = c % 8 == 0 && aligned(x) && aligned(y);
  const int y0 = out.y * stride - pad, x0 = out.x * stride - pad;
  float sum[8] = {};
  for (int iy = max(y0, 0); iy < min(y0 + kh, h); iy++)
    for (int ix = max(x0, 0); ix < min(x0 + kw, w); ix++) {
      const eight<element> e = load(x + (((u64)out.image * h + iy) * w + ix) * c + b.channel, b.valid, wide);
      UNROLL for (int i = 0; i < 8; i++) sum[i] += up(e.at[i]);
    }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(sum[i] / (float)(kh * kw), r.at[i]);
  store(y + (u64)b.row * c + b.channel, r, b.valid, wide);
}

// LaunchShape.bundles of the input.
KERNEL(average_pool_backward)
(const element *dy, element *dx, int n, int h, int w, int c, int oh, int ow, int kh, int kw, int stride, int pad) {
  const bundle b((u64)n * h * w, c);
  if (b.valid == 0) return;
  const pixel in(b.row, h, w);
  const bool wide = c % 8 == 0 && aligned(dy) && aligned(dx);
  float sum[8] = {};
  for (int ky = 0; ky < kh; ky++) {
    int oy, ox;
    if (!output_of(in.y, ky, pad, stride, oh, oy)) continue;
    for (int kx = 0; kx < kw; kx++) {
      if (!output_of(in.x, kx, pad, stride, ow, ox)) continue;
      const eight<element> g =
        load(dy + (((u64)in.image * oh + oy) * ow + ox) * c + b.channel, b.valid, wide);
      UNROLL for (int i = 0; i < 8; i++) sum[i] += up(g.at[i]);
    }
  }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(sum[i] / (float)(kh * kw), r.at[i]);
  store(dx + (u64)b.row * c + b.channel, r, b.valid, wide);
}

// First pixel of window i of k on n pixels, and the pixel behind its last one.
DEVICE int grid_begin(int i, int k, int n) { return (int)((long long)i * n / k); }
DEVICE int grid_end(int i, int k, int n) { return (int)(((long long)(i + 1) * n + k - 1) / k); }

// Means under a grid of oh x ow windows that covers the image. LaunchShape.bundles of the output.
KERNEL(grid_mean)(const element *x, element *y, int n, int h, int w, int c, int oh, int ow) {
  const bundle b((u64)n * oh * ow, c);
  if (b.valid == 0) return;
  const pixel out(b.row, oh, ow);
  const bool wide = c % 8 == 0 && aligned(x) && aligned(y);
  const int y0 = grid_begin(out.y, oh, h), y1 = grid_end(out.y, oh, h);
  const int x0 = grid_begin(out.x, ow, w), x1 = grid_end(out.x, ow, w);
  float sum[8] = {};
  for (int iy = y0; iy < y1; iy++)
    for (int ix = x0; ix < x1; ix++) {
      const eight<element> e = load(x + (((u64)out.image * h + iy) * w + ix) * c + b.channel, b.valid, wide);
      UNROLL for (int i = 0; i < 8; i++) sum[i] += up(e.at[i]);
    }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(sum[i] / (float)((y1 - y0) * (x1 - x0)), r.at[i]);
  store(y + (u64)b.row * c + b.channel, r, b.valid, wide);
}

// A pixel lies in the windows that the same rule gives with pixels and windows exchanged. LaunchShape.bundles of the
// input.
KERNEL(grid_mean_backward)(const element *dy, element *dx, int n, int h, int w, int c, int oh, int ow) {
  const bundle b((u64)n * h * w, c);
  if (b.valid == 0) return;
  const pixel in(b.row, h, w);
  const bool wide = c % 8 == 0 && aligned(dy) && aligned(dx);
  float sum[8] = {};
  for (int oy = grid_begin(in.y, h, oh); oy < grid_end(in.y, h, oh); oy++)
    for (int ox = grid_begin(in.x, w, ow); ox < grid_end(in.x, w, ow); ox++) {
      const int tall = grid_end(oy, oh, h) - grid_begin(oy, oh, h);
      const int broad = grid_end(ox, ow, w) - grid_begin(ox, ow, w);
      const float share = 1 / (float)(tall * broad);
      const eight<element> g =
        load(dy + (((u64)in.image * oh + oy) * ow + ox) * c + b.channel, b.valid, wide);
      UNROLL for (int i = 0; i < 8; i++) sum[i] += up(g.at[i]) * share;
    }
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(sum[i], r.at[i]);
  store(dx + (u64)b.row * c + b.channel, r, b.valid, wide);
}

// y [n, channels]: means over the pixels of each image. LaunchShape.images.
KERNEL(global_average)(const element *x, float *y, int n, int pixels, int channels) {
  const slab s(n * pixels, channels, pixels);
  const bool wide = channels % 8 == 0 && aligned(x);
  float sums[1][8] = {};
  for (int row = s.row; row < s.end; row += LINES) {
    const eight<element> e = load(x + (u64)row * channels + s.channel, s.valid, wide);
    UNROLL for (int i = 0; i < 8; i++) sums[0][i] += up(e.at[i]);
  }
  store_sums(sums, y, channels, 1 / (float)pixels);
}

// LaunchShape.bundles of the input.
KERNEL(global_average_backward)(const float *dy, element *dx, int n, int pixels, int channels) {
  const bundle b((u64)n * pixels, channels);
  if (b.valid == 0) return;
  const bool whole = channels % 8 == 0;
  const eight<float> g =
    load(dy + (u64)(b.row / pixels) * channels + b.channel, b.valid, whole && aligned(dy));
  eight<element> r;
  UNROLL for (int i = 0; i < 8; i++) down(g.at[i] * (1 / (float)pixels), r.at[i]);
  store(dx + (u64)b.row * channels + b.channel, r, b.valid, whole && aligned(dx));
}
