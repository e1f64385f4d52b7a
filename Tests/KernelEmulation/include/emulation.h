// The GPU engine's kernels on the processor, for tests: CUDA's device language is emulated, and each kernel is called by
// name, like one of a loaded module.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// In which order the threads of a block, and the blocks, get the processor. A correct kernel gives the same bits in each.
enum { EMULATION_FORWARD, EMULATION_REVERSE, EMULATION_SHUFFLED };
// Mistakes that a launch makes in a correct kernel, added to the order: no thread waits at a barrier, or each shuffle takes
// the number of the neighbour of the lane it asks for.
enum { EMULATION_NO_BARRIERS = 4, EMULATION_WRONG_LANES = 8 };

// A kernel and its arguments.
typedef struct {
  const char *name;
  int32_t count;
  const size_t *sizes;
  const bool *is_pointer;
} emulation_kernel;

typedef struct {
  uint32_t x, y, z;
} emulation_size;

// Null if there is no kernel of this name.
const emulation_kernel *emulation_find(const char *name);

// Runs a kernel on `processors` threads of the system; arguments[i] points to argument i. Returns null, or what was wrong
// with the launch or the kernel; the text is constant.
const char *emulation_launch(
    const emulation_kernel *kernel, emulation_size grid, emulation_size threads, const void *const *arguments,
    int32_t order, int32_t processors);

#ifdef __cplusplus
}
#endif
