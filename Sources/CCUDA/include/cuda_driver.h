// NVIDIA's driver API (libcuda.so.1), as far as the engine calls it. Declared by hand: no header of NVIDIA is needed to build.
//
// Functions have the names and the orders of arguments that the library exports. NVIDIA's header writes cuMemAlloc for the
// exported cuMemAlloc_v2; here such a name has its _v2. Every function returns 0 or an error code.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef int32_t fcu_device;
typedef uint64_t fcu_address;
typedef struct fcu_context_s *fcu_context;
typedef struct fcu_stream_s *fcu_stream;
typedef struct fcu_event_s *fcu_event;
typedef struct fcu_module_s *fcu_module;
typedef struct fcu_function_s *fcu_function;
typedef struct fcu_graph_s *fcu_graph;
typedef struct fcu_graph_exec_s *fcu_graph_exec;

// Error codes that the engine tells apart.
enum {
  FCU_SUCCESS = 0,
  FCU_OUT_OF_MEMORY = 2,
  FCU_NOT_INITIALIZED = 3,
  FCU_NO_DEVICE = 100,
  FCU_INVALID_DEVICE = 101,
  FCU_INVALID_IMAGE = 200,
  FCU_NO_BINARY = 209,
  FCU_DEVICE_UNAVAILABLE = 46,
  FCU_ECC_UNCORRECTABLE = 214,
  FCU_NOT_READY = 600,
  FCU_UNKNOWN = 999,
};

// Attributes of a device.
enum {
  FCU_COMPUTE_MODE = 20,
  FCU_MULTIPROCESSORS = 16,
  FCU_CAPABILITY_MAJOR = 75,
  FCU_CAPABILITY_MINOR = 76,
};

// Values of FCU_COMPUTE_MODE.
enum { FCU_COMPUTE_DEFAULT = 0, FCU_COMPUTE_PROHIBITED = 2, FCU_COMPUTE_EXCLUSIVE = 3 };

// A stream that does not wait for the null stream, an event without times, and the capture of one thread's calls.
enum { FCU_STREAM_NON_BLOCKING = 1, FCU_EVENT_WITHOUT_TIMES = 2, FCU_CAPTURE_THREAD_LOCAL = 1 };

// The functions, in the order of the names in `load.c`. Those after `cuGraphInstantiateWithFlags` may be null.
typedef struct {
  int (*cuInit)(unsigned flags);
  int (*cuDriverGetVersion)(int *version);
  int (*cuDeviceGetCount)(int *count);
  int (*cuDeviceGet)(fcu_device *device, int ordinal);
  int (*cuDeviceGetName)(char *name, int length, fcu_device device);
  int (*cuDeviceGetAttribute)(int *value, int attribute, fcu_device device);
  int (*cuDeviceTotalMem_v2)(size_t *bytes, fcu_device device);
  int (*cuDeviceGetPCIBusId)(char *id, int length, fcu_device device);
  int (*cuGetErrorName)(int error, const char **name);
  int (*cuGetErrorString)(int error, const char **text);
  int (*cuCtxSetCurrent)(fcu_context context);
  int (*cuCtxSynchronize)(void);
  int (*cuDevicePrimaryCtxRetain)(fcu_context *context, fcu_device device);
  int (*cuDevicePrimaryCtxRelease_v2)(fcu_device device);
  int (*cuMemGetInfo_v2)(size_t *free, size_t *total);
  int (*cuMemAlloc_v2)(fcu_address *address, size_t bytes);
  int (*cuMemFree_v2)(fcu_address address);
  int (*cuMemHostAlloc)(void **memory, size_t bytes, unsigned flags);
  int (*cuMemFreeHost)(void *memory);
  int (*cuMemcpyHtoDAsync_v2)(fcu_address to, const void *from, size_t bytes, fcu_stream stream);
  int (*cuMemcpyDtoHAsync_v2)(void *to, fcu_address from, size_t bytes, fcu_stream stream);
  int (*cuMemcpyDtoDAsync_v2)(fcu_address to, fcu_address from, size_t bytes, fcu_stream stream);
  int (*cuMemsetD8Async)(fcu_address to, unsigned char value, size_t bytes, fcu_stream stream);
  int (*cuStreamCreate)(fcu_stream *stream, unsigned flags);
  int (*cuStreamDestroy_v2)(fcu_stream stream);
  int (*cuStreamSynchronize)(fcu_stream stream);
  int (*cuStreamWaitEvent)(fcu_stream stream, fcu_event event, unsigned flags);
  int (*cuEventCreate)(fcu_event *event, unsigned flags);
  int (*cuEventRecord)(fcu_event event, fcu_stream stream);
  int (*cuEventSynchronize)(fcu_event event);
  int (*cuEventQuery)(fcu_event event);
  int (*cuEventDestroy_v2)(fcu_event event);
  int (*cuEventElapsedTime)(float *milliseconds, fcu_event begin, fcu_event end);
  int (*cuModuleLoadData)(fcu_module *module, const void *image);
  int (*cuModuleUnload)(fcu_module module);
  int (*cuModuleGetFunction)(fcu_function *function, fcu_module module, const char *name);
  int (*cuLaunchKernel)(
    fcu_function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
    unsigned block_z, unsigned shared_bytes, fcu_stream stream, void **arguments, void **extra);
  int (*cuStreamBeginCapture_v2)(fcu_stream stream, int mode);
  int (*cuStreamEndCapture)(fcu_stream stream, fcu_graph *graph);
  int (*cuGraphLaunch)(fcu_graph_exec graph, fcu_stream stream);
  int (*cuGraphDestroy)(fcu_graph graph);
  int (*cuGraphExecDestroy)(fcu_graph_exec graph);
  // CUDA 11.4; the other since 11.0.
  int (*cuGraphInstantiateWithFlags)(fcu_graph_exec *instance, fcu_graph graph, unsigned long long flags);
  int (*cuGraphInstantiate_v2)(fcu_graph_exec *instance, fcu_graph graph, void *node, char *log, size_t length);
} fcu_driver;
