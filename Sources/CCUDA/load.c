#define _GNU_SOURCE
#include "cuda_load.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *fcu_open(const char *path, char *reason, size_t length) {
  // cuDNN calls functions of cuBLAS and of the driver, and finds them only where their libraries are loaded as global.
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!library) snprintf(reason, length, "%s", dlerror());
  return library;
}

// Fills the first `required` functions of a table, which must exist, and then the optional ones.
static const char *load(void *library, const char *const *names, int required, int optional, void **functions) {
  for (int i = 0; i < required + optional; i++) {
    functions[i] = dlsym(library, names[i]);
    if (!functions[i] && i < required) return names[i];
  }
  return NULL;
}

#define COUNT(names) ((int)(sizeof(names) / sizeof(*(names))))

const char *fcu_load_driver(void *library, fcu_driver *table) {
  static const char *const names[] = {
    "cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute",
    "cuDeviceTotalMem_v2", "cuDeviceGetPCIBusId", "cuGetErrorName", "cuGetErrorString", "cuCtxSetCurrent",
    "cuCtxSynchronize", "cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2", "cuMemGetInfo_v2",
    "cuMemAlloc_v2", "cuMemFree_v2", "cuMemHostAlloc", "cuMemFreeHost", "cuMemcpyHtoDAsync_v2",
    "cuMemcpyDtoHAsync_v2", "cuMemcpyDtoDAsync_v2", "cuMemsetD8Async", "cuStreamCreate", "cuStreamDestroy_v2",
    "cuStreamSynchronize", "cuStreamWaitEvent", "cuEventCreate", "cuEventRecord", "cuEventSynchronize",
    "cuEventQuery", "cuEventDestroy_v2", "cuEventElapsedTime", "cuModuleLoadData", "cuModuleUnload",
    "cuModuleGetFunction", "cuLaunchKernel", "cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphLaunch",
    "cuGraphDestroy", "cuGraphExecDestroy", "cuGraphInstantiateWithFlags", "cuGraphInstantiate_v2",
  };
  _Static_assert(sizeof(fcu_driver) == sizeof(names), "every function of the driver has a name");
  const char *missing = load(library, names, COUNT(names) - 2, 2, (void **)table);
  if (missing) return missing;
  return table->cuGraphInstantiateWithFlags || table->cuGraphInstantiate_v2 ? NULL : "cuGraphInstantiate_v2";
}

const char *fcu_load_nvrtc(void *library, fcu_nvrtc *table) {
  static const char *const names[] = {
    "nvrtcVersion", "nvrtcGetErrorString", "nvrtcCreateProgram", "nvrtcDestroyProgram", "nvrtcCompileProgram",
    "nvrtcGetProgramLogSize", "nvrtcGetProgramLog", "nvrtcGetCUBINSize", "nvrtcGetCUBIN", "nvrtcGetNumSupportedArchs",
    "nvrtcGetSupportedArchs",
  };
  _Static_assert(sizeof(fcu_nvrtc) == sizeof(names), "every function of NVRTC has a name");
  return load(library, names, COUNT(names) - 2, 2, (void **)table);
}

const char *fcu_load_cudnn(void *library, fcu_cudnn *table) {
  static const char *const names[] = {
    "cudnnGetVersion", "cudnnGetErrorString", "cudnnCreate", "cudnnDestroy", "cudnnSetStream",
    "cudnnBackendCreateDescriptor", "cudnnBackendDestroyDescriptor", "cudnnBackendSetAttribute",
    "cudnnBackendGetAttribute", "cudnnBackendFinalize", "cudnnBackendExecute", "cudnnGetLastErrorString",
    "cudnnGetCudartVersion",
  };
  _Static_assert(sizeof(fcu_cudnn) == sizeof(names), "every function of cuDNN has a name");
  return load(library, names, COUNT(names) - 2, 2, (void **)table);
}

void fcu_path_of(void *library, const char *function, char *path, size_t length) {
  Dl_info info;
  void *address = dlsym(library, function);
  snprintf(path, length, "%s", address && dladdr(address, &info) && info.dli_fname ? info.dli_fname : "");
}
