// Memory without a shape: fills, conversions, checksums, the search for numbers that are not finite.

// One word a thread: LaunchShape.elements.
KERNEL(fill_u32)(u32 *p, u64 n, u32 v) {
  const u64 i = (u64)blockIdx.x * 256 + threadIdx.x;
  if (i < n) p[i] = v;
}

template <class From, class To> DEVICE void convert(const From *from, To *to, u64 count) {
  const pass p(count);
  if (p.valid == 0) return;
  const eight<From> e = load(from + p.at, p.valid, p.valid == 8 && aligned(from));
  eight<To> r;
  UNROLL for (int i = 0; i < 8; i++) down(up(e.at[i]), r.at[i]);
  store(to + p.at, r, p.valid, p.valid == 8 && aligned(to));
}

// Rounded to nearest, ties to even. LaunchShape.pass.
KERNEL(convert_f32_bf16)(const f32 *from, bf16 *to, u64 n) { convert(from, to, n); }
KERNEL(convert_f32_f16)(const f32 *from, f16 *to, u64 n) { convert(from, to, n); }
KERNEL(convert_bf16_f32)(const bf16 *from, f32 *to, u64 n) { convert(from, to, n); }
KERNEL(convert_f16_f32)(const f16 *from, f32 *to, u64 n) { convert(from, to, n); }

// Adds to *out a number that depends on every word and its place. Integers are added, so that the order in which blocks
// finish does not matter. LaunchShape.strided.
KERNEL(checksum_u64)(const u32 *p, u64 n, u64 *out) {
  u64 sum = 0;
  for (u64 i = (u64)blockIdx.x * 256 + threadIdx.x; i < n; i += (u64)gridDim.x * 256) {
    u64 z = (i + 1) * 0x9E3779B97F4A7C15u ^ p[i];
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    sum += z ^ (z >> 31);
  }
  atomicAdd(out, sum);
}

// Sets flags[0] to 1 if a number is NaN or infinite. LaunchShape.strided.
KERNEL(finite_flag)(const float *p, u64 n, u32 *flags) {
  bool found = false;
  for (u64 i = (u64)blockIdx.x * 256 + threadIdx.x; i < n; i += (u64)gridDim.x * 256)
    found = found || !is_finite(p[i]);
  if (found) atomicOr(flags, 1u);
}
