// Samples as their files hold them, cleaned, normalised and interleaved.

DEVICE float clean(float value, const raw_band &band) {
  const bool is_missing = band.replaces & 2 ? !is_finite(value) : value != value;
  if (is_missing) return band.replaces & 1 ? band.missing : value;
  return value < band.low ? band.low : value > band.high ? band.high : value;
}

// The sample under a pixel of the image. types: 0 for u8, 1 for u16, 2 for float.
DEVICE float sample_at(
  const u8 *samples, const raw_grid &grid, int type, int image, int row, int column, int band) {
  const u8 *from = samples + grid.offset + (u64)image * grid.stride;
  const u64 at = ((u64)(row / grid.row_step) * grid.width + column / grid.column_step) * grid.bands + band;
  if (type == 0) return (float)from[at];
  return type == 1 ? (float)((const u16 *)from)[at] : ((const float *)from)[at];
}

// y [images, height, width, stored] = (clean(sample * scale) - mean) / deviation, with the CPU's bits in float32: each
// operation is rounded by itself. Channels from `channels` on are zero. types: [grids, images]. LaunchShape.pass.
KERNEL(normalise)
(const u8 *samples, const raw_grid *grids, const u8 *types, const raw_band *bands, const raw_view *views,
 element *y, int images, int height, int width, int channels, int stored) {
  const pass p((u64)images * height * width * stored);
  if (p.valid == 0) return;
  int channel, column, row;
  u64 rest = divide(p.at, stored, channel);
  rest = divide(rest, width, column);
  int image = (int)divide(rest, height, row);
  eight<element> r = {};
  UNROLL for (int i = 0; i < 8; i++) {
    if (i >= p.valid) break;
    if (channel < channels) {
      const raw_band band = bands[channel];
      const raw_view view = views[image];
      const float sample = sample_at(
        samples, grids[band.grid], types[band.grid * images + image], image,
        view.row + row * view.down_rows + column * view.right_rows,
        view.column + row * view.down_columns + column * view.right_columns, band.band);
      const float value = clean(__fmul_rn(sample, band.scale), band);
      down(__fdiv_rn(__fsub_rn(value, band.mean), band.deviation), r.at[i]);
    }
    if (++channel < stored) continue;
    channel = 0;
    if (++column < width) continue;
    column = 0;
    if (++row < height) continue;
    row = 0;
    image++;
  }
  store(y + p.at, r, p.valid, p.valid == 8 && aligned(y));
}
