// CUDA's device language for a C++ compiler, in front of the kernels' prelude.
//
// Every thread of a block is a fiber. A barrier and a warp shuffle give the processor to the next one. Shared memory
// begins as NaN. A vector that is not aligned, a barrier that some threads miss and a write behind shared memory end the
// launch with an error.
#pragma once
#define EMULATED 1
#include <math.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __clang__
#pragma clang fp contract(off)
#endif

namespace emulation {

struct Dim3 {
  uint32_t x, y, z;
};

struct Geometry {
  Dim3 block, threads, grid;
};

// The running thread's index, and its block.
extern __thread const Dim3 *thread_index;
extern __thread const Geometry *geometry;

// Waits for all threads of the block. `line` names the barrier.
void wait_for_block(int line);
// Gives `value` to the other lanes of the warp and returns that of lane `from`.
uint32_t shuffle(uint32_t mask, uint32_t value, unsigned from);
// Shared memory of the block that belongs to the declaration in this line.
void *shared_memory(const char *file, int line, size_t bytes);
// Ends the launch with an error.
[[noreturn]] void fail(const char *message);
unsigned own_lane();

float from_half(uint16_t bits);
uint16_t to_half(float value);

template <class Word> Word *vectors(const void *pointer) {
  if (reinterpret_cast<uintptr_t>(pointer) % alignof(Word) != 0) fail("a vector in memory is not aligned");
  return static_cast<Word *>(const_cast<void *>(pointer));
}

}  // namespace emulation

#define SHARED(type, name, count)                                                                 \
  type *const name =                                                                              \
    static_cast<type *>(emulation::shared_memory(__FILE__, __LINE__, sizeof(type) * (count)))
#define VECTORS(type, pointer) emulation::vectors<type>(pointer)
#define threadIdx (*emulation::thread_index)
#define blockIdx (emulation::geometry->block)
#define blockDim (emulation::geometry->threads)
#define gridDim (emulation::geometry->grid)
#define __syncthreads() emulation::wait_for_block(__LINE__)

// Words may stand for elements of any type.
struct __attribute__((may_alias, aligned(8))) uint2 {
  uint32_t x, y;
};
struct __attribute__((may_alias, aligned(16))) uint4 {
  uint32_t x, y, z, w;
};

static inline float __uint_as_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
static inline uint32_t __float_as_uint(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}
static inline float __int_as_float(int bits) { return __uint_as_float(static_cast<uint32_t>(bits)); }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }

static inline float __shfl_xor_sync(uint32_t mask, float value, int bits) {
  return __uint_as_float(
    emulation::shuffle(mask, __float_as_uint(value), emulation::own_lane() ^ static_cast<unsigned>(bits)));
}
template <class T> T atomicAdd(T *place, T value) { return __atomic_fetch_add(place, value, __ATOMIC_RELAXED); }
static inline uint32_t atomicOr(uint32_t *place, uint32_t value) {
  return __atomic_fetch_or(place, value, __ATOMIC_RELAXED);
}
