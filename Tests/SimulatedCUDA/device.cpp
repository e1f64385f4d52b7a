// The simulated device itself: its start, its facts and the names of its errors.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "simulator.h"

using namespace simulated;

namespace {

struct Error {
  int code;
  const char *name, *text;
};

const Error errors[] = {
  {SUCCESS, "CUDA_SUCCESS", "no error"},
  {INVALID, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
  {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
  {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
  {UNAVAILABLE, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
  {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
  {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
  {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
  {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
  {WRONG_ARCHITECTURE, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
  {MEMORY_FAILED, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
  {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
  {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
  {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
  {OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
  {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
  {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
  {CAPTURE_BROKEN, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
  {CAPTURE_MERGED, "CUDA_ERROR_STREAM_CAPTURE_MERGE", "operation would result in a merge of separate capture sequences"},
  {CAPTURE_UNMATCHED, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not ended in the same stream as it began"},
  {CAPTURE_UNJOINED, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "capturing stream has unjoined work"},
  {CAPTURE_ISOLATED, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"},
  {CAPTURED_EVENT, "CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"},
  {CAPTURE_OF_ANOTHER_THREAD, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "attempt to terminate a capture of another thread"},
};

const Error *error(int code) {
  for (const Error &e : errors)
    if (e.code == code) return &e;
  return nullptr;
}

// The devices that CUDA_VISIBLE_DEVICES shows: those of its list up to the first that does not exist.
int visible_devices() {
  const int all = state().settings.devices;
  const char *list = getenv("CUDA_VISIBLE_DEVICES");
  if (!list) return all;
  int count = 0;
  for (char *end; *list; list = *end ? end + 1 : end, count++) {
    const long number = strtol(list, &end, 10);
    if (end == list || number < 0 || number >= all) break;
  }
  return count;
}

int require_device(const char *name, int device) {
  if (!state().initialised) return complain(NOT_INITIALIZED, "%s before cuInit", name);
  return device >= 0 && device < visible_devices() ? SUCCESS : INVALID_DEVICE;
}

}  // namespace

extern "C" {
int cuInit(unsigned flags) {
  if (flags) return complain(INVALID, "cuInit with flags");
  if (visible_devices() == 0) return NO_DEVICE;
  state().initialised = true;
  return SUCCESS;
}

int cuDriverGetVersion(int *version) {
  *version = state().settings.driver_version;
  return SUCCESS;
}

int cuDeviceGetCount(int *count) {
  if (!state().initialised) return complain(NOT_INITIALIZED, "cuDeviceGetCount before cuInit");
  *count = visible_devices();
  return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return require_device(__func__, ordinal);
}

int cuDeviceGetName(char *name, int length, int device) {
  snprintf(name, (size_t)length, "%s", state().settings.name.c_str());
  return require_device(__func__, device);
}

int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = state().settings.memory;
  return require_device(__func__, device);
}

int cuDeviceGetPCIBusId(char *id, int length, int device) {
  snprintf(id, (size_t)length, "simulated:%d", device);
  return require_device(__func__, device);
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
  const Settings &s = state().settings;
  switch (attribute) {
    case 16: *value = 4; break;
    case 20: *value = s.mode; break;
    case 75: *value = s.major; break;
    case 76: *value = s.minor; break;
    default: return complain(INVALID, "attribute %d of a device is not simulated", attribute);
  }
  return require_device(__func__, device);
}

int cuGetErrorName(int code, const char **name) {
  const Error *e = error(code);
  *name = e ? e->name : nullptr;
  return e ? SUCCESS : INVALID;
}

int cuGetErrorString(int code, const char **text) {
  const Error *e = error(code);
  *text = e ? e->text : nullptr;
  return e ? SUCCESS : INVALID;
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
  if (int code = require_device(__func__, device)) return code;
  const Settings &s = state().settings;
  if (s.mode == 2 || (s.mode == 3 && s.in_use)) return UNAVAILABLE;
  *context = (void *)(state().reset_count << 8 | (uintptr_t)(device + 1));
  return SUCCESS;
}

// A context from before the last reset may be released late, even before the driver is started again.
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }

int cuCtxSetCurrent(void *context) {
  // An object from before the last reset that is destroyed late leaves the context of this thread as it is.
  if (!is_earlier_context(context)) current_context = context;
  return SUCCESS;
}
}
