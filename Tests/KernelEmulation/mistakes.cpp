// Kernels with one mistake each. Tests show that the emulation finds the mistake, and nothing in the kernel without it.
#include "device.h"
#include "registry.h"

#include "../../Sources/CUDAEngine/Kernels/prelude.cuh"

// Sums 256 numbers by halves. With `barrier` 0 no thread waits for the others.
KERNEL(mistake_barrier)(const float *x, float *y, int barrier) {
  SHARED(float, shared, 256);
  shared[threadIdx.x] = x[threadIdx.x];
  for (int half = 128; half > 0; half /= 2) {
    if (barrier) __syncthreads();
    if ((int)threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
  }
  if (threadIdx.x == 0) *y = shared[0];
}

// Threads from `limit` on miss the barrier.
KERNEL(mistake_branch)(float *y, int limit) {
  if ((int)threadIdx.x < limit) __syncthreads();
  y[threadIdx.x] = 1;
}

// The two halves of the block wait at different barriers if `apart`.
KERNEL(mistake_two_barriers)(float *y, int apart) {
  if (apart && threadIdx.x < 128) __syncthreads();
  else __syncthreads();
  y[threadIdx.x] = 1;
}

// Sums a warp of numbers; `distance` must be 16.
KERNEL(mistake_lane)(const float *x, float *y, int distance) {
  float sum = x[threadIdx.x];
  for (; distance > 0; distance /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  y[threadIdx.x] = sum;
}

// Writes `count` numbers to shared memory for 256.
KERNEL(mistake_shared)(float *y, int count) {
  SHARED(float, shared, 256);
  for (int i = threadIdx.x; i < count; i += 256) shared[i] = 0;
  __syncthreads();
  y[threadIdx.x] = shared[threadIdx.x];
}

// Sums 256 numbers of shared memory, of which `count` were written.
KERNEL(mistake_unwritten)(const float *x, float *y, int count) {
  SHARED(float, shared, 256);
  if ((int)threadIdx.x < count) shared[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < 256; i++) sum += shared[i];
  y[threadIdx.x] = sum;
}

// Loads a vector from element `first` on.
KERNEL(mistake_vector)(const float *x, float *y, int first) {
  store(y + 8 * threadIdx.x, load_words<uint4>(x + 8 * threadIdx.x + first), 8, true);
}

REGISTER_NAME(mistake_barrier)
REGISTER_NAME(mistake_branch)
REGISTER_NAME(mistake_two_barriers)
REGISTER_NAME(mistake_lane)
REGISTER_NAME(mistake_shared)
REGISTER_NAME(mistake_unwritten)
REGISTER_NAME(mistake_vector)
