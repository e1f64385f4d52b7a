// Text in front of every kernel file: element types, vector loads, sums of columns, and structs shared with Swift.
//
// The text includes nothing, so NVRTC needs no header folders. A C++ compiler reads the same text for the tests, behind
// the emulation's device.h, which defines EMULATED. Where a file is compiled for one element type, ELEMENT names the
// type (f32, bf16 or f16), and `KERNEL(combine)` defines combine_f32, combine_bf16 or combine_f16.

#define JOIN_WORDS(a, b) a##_##b
#define JOIN(a, b) JOIN_WORDS(a, b)
#ifdef ELEMENT
#define KERNEL_NAME(name) JOIN(name, ELEMENT)
#else
#define KERNEL_NAME(name) name
#endif

#ifdef EMULATED
#define KERNEL(name) static void KERNEL_NAME(name)
#define DEVICE static inline
#define MEMBER
#define UNROLL
#define UNROLL_BY(n)
#else
#define KERNEL(name) extern "C" __global__ void __launch_bounds__(256) KERNEL_NAME(name)
#define DEVICE __device__ __forceinline__
#define MEMBER __device__ __forceinline__
#define SHARED(type, name, count) __shared__ type name[count]
#define VECTORS(type, pointer) ((type *)(pointer))
#define PRAGMA(text) _Pragma(#text)
#define UNROLL PRAGMA(unroll)
#define UNROLL_BY(n) PRAGMA(unroll n)
#endif

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

// Elements in memory. All arithmetic is in float.
typedef float f32;
struct bf16 { u16 bits; };
struct f16 { u16 bits; };
#ifdef ELEMENT
typedef ELEMENT element;
#endif

// The numbers of one step. They lie in device memory, so that one CUDA graph serves all steps.
struct step_table {
  u64 step, seed, samples_before;   // samples_before: samples of the step on the ranks before this one
  double share;                     // 1 / samples of all ranks
  double correction1, correction2;  // Adam: 1 - beta^t for update t, counted from 1
  float learning_rate;
  u32 initial, skip;  // initial: first update; skip: the optimizer changes nothing
  float scale;        // gradients are multiples of the loss times this number
};

// The factor of the loss in float16, which the device decides on. `good_steps`: updates since the scale last changed.
struct loss_scale {
  u64 updates;  // of the whole training
  float scale;
  u32 good_steps;
};

// Parameters up to `end` that follow the optimizer alike. `rate` and `decay` are factors of its learning rate and
// weight decay. Segments cover all parameters, in order.
struct segment {
  u64 end;
  float rate, decay;
  u32 frozen, unused;
};

// One grid of raw samples: image n begins at byte `offset` + n * `stride`. A pixel of the grid lies under
// `row_step` x `column_step` pixels of the image.
struct raw_grid {
  u64 offset, stride;
  int width, bands, row_step, column_step;
};

// A channel: (clean(sample * scale) - mean) / deviation. `replaces`: bit 0: `missing` replaces missing values, which else
// stay; bit 1: infinities are missing like NaN, else they are clipped.
struct raw_band {
  int grid, band;
  float scale, low, high, missing, mean, deviation;
  u32 replaces, unused;
};

// Output pixel (y, x) shows row `row` + y * down_rows + x * right_rows of the image, and the column likewise.
struct raw_view { int row, column, down_rows, down_columns, right_rows, right_columns; };

// KernelStructs.swift has the same layouts.
static_assert(sizeof(step_table) == 64 && sizeof(segment) == 24 && sizeof(raw_grid) == 32, "");
static_assert(sizeof(loss_scale) == 16 && sizeof(raw_band) == 40 && sizeof(raw_view) == 24, "");

DEVICE float up(f32 x) { return x; }
DEVICE float up(bf16 x) { return __uint_as_float((u32)x.bits << 16); }
DEVICE void down(float x, f32 &y) { y = x; }

// Rounds to nearest, ties to even; NaN stays NaN.
DEVICE void down(float x, bf16 &y) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
#else
  const u32 bits = __float_as_uint(x);
  y.bits = (bits & 0x7fffffff) > 0x7f800000 ? (u16)0x7fff : (u16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
#endif
}

#ifdef EMULATED
DEVICE float up(f16 x) { return emulation::from_half(x.bits); }
DEVICE void down(float x, f16 &y) { y.bits = emulation::to_half(x); }
#else
DEVICE float up(f16 x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}
DEVICE void down(float x, f16 &y) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x)); }
#endif

DEVICE bool is_finite(float x) { return (__float_as_uint(x) & 0x7f800000) != 0x7f800000; }
DEVICE float relu_of(float x) { return x < 0 ? 0 : x; }  // keeps NaN
DEVICE float logistic(float x) { return 1 / (1 + expf(-x)); }

// The sum over the lanes of a warp, in every lane.
DEVICE float sum_of_warp(float x) {
  UNROLL for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(0xffffffffu, x, distance);
  return x;
}

// Eight neighbours: 8 bytes of u8, 16 of bf16 and f16, 32 of float.
template <class T> struct alignas(8 * sizeof(T) < 16 ? 8 * sizeof(T) : 16) eight { T at[8]; };

// Whether vectors of eight can be moved from and to here in words of 16 bytes (bytes: of 8).
template <class T> DEVICE bool aligned(const T *p) { return ((u64)p & (alignof(eight<T>) - 1)) == 0; }

template <class Word, class T> DEVICE eight<T> load_words(const T *p) {
  eight<T> v;
  const Word *from = VECTORS(const Word, p);
  Word *to = VECTORS(Word, &v);
  UNROLL for (int i = 0; i < (int)(sizeof(v) / sizeof(Word)); i++) to[i] = from[i];
  return v;
}

template <class Word, class T> DEVICE void store_words(T *p, const eight<T> &v) {
  const Word *from = VECTORS(const Word, &v);
  Word *to = VECTORS(Word, p);
  UNROLL for (int i = 0; i < (int)(sizeof(v) / sizeof(Word)); i++) to[i] = from[i];
}

// Loads eight elements; if not `wide`, the first `valid` one by one, and zeros behind them.
template <class T> DEVICE eight<T> load(const T *p, int valid, bool wide) {
  if (wide) return load_words<uint4>(p);
  eight<T> v;
  UNROLL for (int i = 0; i < 8; i++) v.at[i] = i < valid ? p[i] : T{};
  return v;
}
DEVICE eight<u8> load(const u8 *p, int valid, bool wide) {
  if (wide) return load_words<uint2>(p);
  eight<u8> v;
  UNROLL for (int i = 0; i < 8; i++) v.at[i] = i < valid ? p[i] : (u8)0;
  return v;
}

template <class T> DEVICE void store(T *p, const eight<T> &v, int valid, bool wide) {
  if (wide) return store_words<uint4>(p, v);
  UNROLL for (int i = 0; i < 8; i++) if (i < valid) p[i] = v.at[i];
}
DEVICE void store(u8 *p, const eight<u8> &v, int valid, bool wide) {
  if (wide) return store_words<uint2>(p, v);
  UNROLL for (int i = 0; i < 8; i++) if (i < valid) p[i] = v.at[i];
}

// Quotient and remainder; a 32-bit division where that is enough, because 64 bits take four times as long.
DEVICE u64 divide(u64 a, int b, int &rest) {
  if (a >> 32) {
    rest = (int)(a % (u64)b);
    return a / (u64)b;
  }
  rest = (int)((u32)a % (u32)b);
  return (u32)a / (u32)b;
}

// A pass over `count` elements: eight neighbours a thread. Blocks: LaunchShape.pass.
struct pass {
  u64 at;
  int valid;
  MEMBER explicit pass(u64 count) : at(((u64)blockIdx.x * 256 + threadIdx.x) * 8) {
    valid = at >= count ? 0 : count - at < 8 ? (int)(count - at) : 8;
  }
};

// Rows of `channels` elements: a thread has eight neighbouring channels of one row, so that it has one pixel. At most
// 2^32 threads. Blocks: LaunchShape.bundles.
struct bundle {
  u32 row;
  int channel, valid;
  MEMBER bundle(u64 rows, int channels) {
    const int bundles = (channels + 7) / 8;
    const u64 thread = (u64)blockIdx.x * 256 + threadIdx.x;
    int rest;
    row = (u32)divide(thread, bundles, rest);
    channel = 8 * rest;
    valid = row >= rows ? 0 : min(8, channels - channel);
  }
};

// Values of eight neighbouring elements' channels, the first of which is `channel`.
DEVICE eight<float> channel_values(const float *values, int channel, int channels, bool wide) {
  if (wide) return load_words<uint4>(values + channel);
  eight<float> v;
  UNROLL for (int i = 0; i < 8; i++) {
    v.at[i] = values[channel];
    if (++channel == channels) channel = 0;
  }
  return v;
}

// A value behind a batch norm. One definition, with its rounding written out, so that a mask computed again equals the
// sign of what was stored.
DEVICE float normalised(float x, float scale, float shift, float mean) { return fmaf(x - mean, scale, shift); }

// Sums over rows. A block sums 64 columns over a slab of rows: thread t has columns 8 * (t % 8) ..< + 8 and every 32nd
// row from t / 8 on. Sums are added in order of rows within a thread, then in order of threads: the order depends on
// shapes alone. Blocks: LaunchShape.columns.
enum { COLUMNS = 64, LINES = 32 };

struct slab {
  int channel, valid, row, end;
  MEMBER slab(int rows, int channels, int slab_rows) {
    channel = (int)blockIdx.x * COLUMNS + (int)threadIdx.x % 8 * 8;
    valid = max(0, min(8, channels - channel));
    row = (int)blockIdx.y * slab_rows + (int)threadIdx.x / 8;
    end = valid ? min(((int)blockIdx.y + 1) * slab_rows, rows) : 0;
  }
};

// Adds up what the threads of a block found, and writes `factor` times the sums to partial [slabs, SUMS, channels].
template <int SUMS>
DEVICE void store_sums(const float (&sums)[SUMS][8], float *partial, int channels, float factor) {
  SHARED(float, shared, LINES * SUMS * COLUMNS);
  UNROLL for (int s = 0; s < SUMS; s++)
    UNROLL for (int i = 0; i < 8; i++)
      shared[(threadIdx.x / 8 * SUMS + s) * COLUMNS + threadIdx.x % 8 * 8 + i] = sums[s][i];
  __syncthreads();
  const int s = threadIdx.x / COLUMNS, column = threadIdx.x % COLUMNS;
  const int channel = (int)blockIdx.x * COLUMNS + column;
  if (s >= SUMS || channel >= channels) return;
  double sum = 0;
  for (int line = 0; line < LINES; line++) sum += shared[(line * SUMS + s) * COLUMNS + column];
  partial[((u64)blockIdx.y * SUMS + s) * channels + channel] = (float)sum * factor;
}

// Adds up the slabs of 32 channels in double: thread t has channel t % 32 and every eighth slab from t / 32 on. Returns
// the channel in the threads that get its totals, in others -1. Blocks: LaunchShape.channels.
template <int SUMS>
DEVICE int sum_slabs(const float *partial, int channels, int slabs, double (&totals)[SUMS]) {
  SHARED(double, shared, SUMS * 256);
  const int channel = (int)blockIdx.x * 32 + (int)threadIdx.x % 32, first = threadIdx.x / 32;
  UNROLL for (int s = 0; s < SUMS; s++) {
    double sum = 0;
    if (channel < channels)
      for (int i = first; i < slabs; i += 8) sum += partial[((u64)i * SUMS + s) * channels + channel];
    shared[s * 256 + threadIdx.x] = sum;
  }
  __syncthreads();
  if (first != 0 || channel >= channels) return -1;
  UNROLL for (int s = 0; s < SUMS; s++) {
    totals[s] = 0;
    for (int i = 0; i < 8; i++) totals[s] += shared[s * 256 + i * 32 + threadIdx.x];
  }
  return channel;
}
