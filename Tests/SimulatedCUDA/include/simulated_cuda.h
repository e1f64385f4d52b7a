// A GPU that is not there: NVIDIA's driver API and run-time compiler on the processor, for tests. It is stricter than a device.
//
// - Memory ends at a page that cannot be touched, holds NaN until it is written, and is never used again after it is freed.
// - Work waits in its stream until something waits for it, in one of four orders. A forgotten event or synchronisation shows as
//   a wrong number in one of them.
// - Every pointer of a kernel must lie in a live allocation, copies must use memory that is locked, and handles must exist.
// - Each complaint is printed, counted and returned as an error.
//
// The functions below steer it. All names of the driver and of NVRTC that the engine may call are exported as well.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// When the work of streams is done. Streams are numbered from 1 in the order in which they are made.
enum {
  SIMULATED_LAZY,    // as late as possible
  SIMULATED_EAGER,   // at once; no mistake of order shows
  SIMULATED_FIRST,   // as late as possible in streams 1, 3, 5, …, at once in the others
  SIMULATED_SECOND,  // as late as possible in streams 2, 4, 6, …, at once in the others
};

// Kinds of things that are counted.
enum {
  SIMULATED_ALLOCATIONS,   // allocations of device memory
  SIMULATED_LAUNCHES,      // kernels, convolutions and graphs that were queued, not what is in the graphs
  SIMULATED_CALLS,         // calls of the driver that need a context
  SIMULATED_COMPILATIONS,  // programs that were compiled
  SIMULATED_COUNTS,
};

// Forgets all streams, memory, faults and counts. Settings are those of the environment again. Handles of before may only be
// destroyed, which then does nothing.
//
// A program that runs by itself is steered by the environment, which is read at a reset and when the library is loaded:
// SIMULATED_ORDER (lazy, eager, first or second), SIMULATED_CAPABILITY ("8.0"), SIMULATED_DRIVER (13000), SIMULATED_NVRTC
// ("12.9"), SIMULATED_CUDNN (91002), SIMULATED_DEVICES, SIMULATED_MEMORY (bytes), SIMULATED_TAKEN (bytes), SIMULATED_MODE (3 for
// the exclusive mode), SIMULATED_IN_USE (1), SIMULATED_NAME (added to the device's name, e.g. "MIG 1g.5gb"),
// SIMULATED_FAIL_ALLOCATION, SIMULATED_FAIL_LAUNCH, SIMULATED_FAIL_COMPILATION, SIMULATED_LOSE_DEVICE (numbers).
// SIMULATED_REPORT names a file to which the counts are written when the program ends. SIMULATED_THREADS sets the order of the
// threads of a block.
void simulated_reset(void);
// Calls `reset` at each reset, for simulated libraries on top.
void simulated_on_reset(void (*reset)(void));

void simulated_set_order(int order);
// Order of the threads in a block, see emulation.h.
void simulated_set_threads(int order);
// Major and minor number of the compute capability, 9 and 0 at first.
void simulated_set_capability(int major, int minor);
// Versions as the libraries report them: 13000 is CUDA 13.0.
void simulated_set_driver_version(int version);
void simulated_set_nvrtc_version(int major, int minor);
// Number of devices, 1 at first. CUDA_VISIBLE_DEVICES shows some of them.
void simulated_set_devices(int count);
// Bytes of each device, 4 GiB at first, and how many of them other processes have.
void simulated_set_memory(size_t bytes);
void simulated_set_taken(size_t bytes);
// The compute mode, see cuda_driver.h; whether another process uses the device, which matters in the exclusive mode (3).
void simulated_set_compute_mode(int mode);
void simulated_set_in_use(int in_use);

// What has this number from now on, counted from 1, fails; 0 for nothing. An allocation fails for lack of memory, a launch for
// lack of registers, a compilation with a log. At the call with this number the device is lost: it and all later ones fail.
void simulated_fail_allocation(int number);
void simulated_fail_launch(int number);
void simulated_fail_compilation(int number);
void simulated_lose_device(int number);
// The error of a lost device: 719 (a fault of a kernel) at first, 214 for memory that failed.
void simulated_set_loss(int code);

// How often something was counted since the reset.
int simulated_count(int kind);
// Bytes of device memory in use, and the most so far; bytes of locked memory of the machine in use.
size_t simulated_bytes(void);
size_t simulated_peak_bytes(void);
size_t simulated_locked_bytes(void);
// Streams, events, modules and graphs, handles and descriptors of cuDNN, and allocations that are not destroyed.
int simulated_live_handles(void);
int simulated_complaints(void);
// The first complaint since the reset; empty without one.
const char *simulated_complaint(void);
// The test whose thread caused it; empty for a thread of no test.
const char *simulated_complainer(void);
// Names the test that this thread runs from now on; empty for none.
void simulated_name_test(const char *test);

// For simulated libraries on top.

// Counts a call; 0, or the driver's error code where there is no context or the device is lost.
int simulated_enter(const char *name);
// Queues a launch. `touches` are addresses whose allocations must live until the work is done. `drop` frees `data`.
int simulated_enqueue(
  const char *name, void *stream, void (*work)(void *), void *data, void (*drop)(void *), const void *const *touches, int count);
// Whether bytes lie in one live allocation of the device.
int simulated_is_device(const void *pointer, size_t bytes);
// Breaks the capture of a stream; whether there was one.
int simulated_break_capture(void *stream);
// Prints and counts a complaint.
void simulated_complain(const char *text);
// Remembers or forgets a handle; whether it is remembered.
void simulated_remember(void *handle);
void simulated_forget(void *handle);
int simulated_is_live(const void *handle);
// Forgets a handle from before the last reset; whether it was one.
int simulated_forget_earlier(const void *handle);

#ifdef __cplusplus
}
#endif
