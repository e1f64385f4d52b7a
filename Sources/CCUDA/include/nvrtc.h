// NVIDIA's run-time compiler (libnvrtc), as far as the engine calls it. Declared by hand. Every function returns 0 or an error
// code, but nvrtcGetErrorString.
#pragma once
#include <stddef.h>

typedef struct fcu_nvrtc_program_s *fcu_nvrtc_program;

// The last two functions are there since 11.2 and may be null.
typedef struct {
  int (*nvrtcVersion)(int *major, int *minor);
  const char *(*nvrtcGetErrorString)(int error);
  int (*nvrtcCreateProgram)(
    fcu_nvrtc_program *program, const char *source, const char *name, int headers, const char *const *header_sources,
    const char *const *header_names);
  int (*nvrtcDestroyProgram)(fcu_nvrtc_program *program);
  int (*nvrtcCompileProgram)(fcu_nvrtc_program program, int count, const char *const *options);
  int (*nvrtcGetProgramLogSize)(fcu_nvrtc_program program, size_t *bytes);
  int (*nvrtcGetProgramLog)(fcu_nvrtc_program program, char *log);
  int (*nvrtcGetCUBINSize)(fcu_nvrtc_program program, size_t *bytes);
  int (*nvrtcGetCUBIN)(fcu_nvrtc_program program, char *cubin);
  int (*nvrtcGetNumSupportedArchs)(int *count);
  // Numbers such as 90 for sm_90, in rising order.
  int (*nvrtcGetSupportedArchs)(int *architectures);
} fcu_nvrtc;
