// Modules and kernels of the simulated device. The kernels are those that the emulation has compiled from the same files.
#include <cstdio>
#include <cstring>

#include "cubin.h"
#include "emulation.h"
#include "simulator.h"

using namespace simulated;

namespace {

struct Module {
  Cubin cubin;
};

// Values of the arguments, copied when a kernel is launched, as the driver does.
struct Arguments {
  std::vector<std::vector<char>> values;
  std::vector<const void *> addresses;
};

}  // namespace

extern "C" {
int cuModuleLoadData(Module **module, const char *image) {
  SIMULATED_CALL;
  if (int code = outside_captures(__func__)) return code;
  Cubin cubin;
  if (!cubin.read(image)) return complain(INVALID_IMAGE, "a module that the simulated compiler has not made, or that is damaged");
  const Settings &s = state().settings;
  if (cubin.architecture != std::to_string(s.major) + std::to_string(s.minor))
    return complain(WRONG_ARCHITECTURE, "a module for sm_%s on a device sm_%d%d", cubin.architecture.c_str(), s.major, s.minor);
  for (const std::string &name : cubin.kernels)
    if (!emulation_find(name.c_str())) return complain(NOT_FOUND, "the emulation has no kernel %s", name.c_str());
  *module = new Module{cubin};
  state().handles.insert(*module);
  return SUCCESS;
}

int cuModuleUnload(Module *module) {
  if (forget_earlier(module)) return SUCCESS;
  SIMULATED_CALL;
  if (!exists(module, __func__)) return INVALID_HANDLE;
  state().handles.erase(module);
  delete module;
  return SUCCESS;
}

int cuModuleGetFunction(const emulation_kernel **function, Module *module, const char *name) {
  SIMULATED_CALL;
  if (!exists(module, __func__)) return INVALID_HANDLE;
  *function = module->cubin.has(name) ? emulation_find(name) : nullptr;
  return *function ? SUCCESS : complain(NOT_FOUND, "no kernel %s in the module", name);
}

int cuFuncGetAttribute(int *value, int, const emulation_kernel *) {
  SIMULATED_CALL;
  *value = 0;
  return SUCCESS;
}

int cuFuncSetAttribute(const emulation_kernel *, int, int) {
  SIMULATED_CALL;
  return SUCCESS;
}

int cuLaunchKernel(
  const emulation_kernel *kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
  Stream *stream, void **arguments, void **extra) {
  SIMULATED_CALL;
  if (!kernel) return complain(INVALID_HANDLE, "a launch without a kernel");
  if (counts_to_failure(SIMULATED_LAUNCHES)) return OUT_OF_RESOURCES;
  if (extra || !arguments || shared) return complain(INVALID, "%s: only an array of arguments is simulated", kernel->name);
  if (gx == 0 || gy == 0 || gz == 0) return complain(INVALID, "%s: a grid without blocks", kernel->name);
  auto copy = std::make_shared<Arguments>();
  auto work = std::make_shared<Work>();
  work->name = kernel->name;
  for (int i = 0; i < kernel->count; i++) {
    copy->values.emplace_back((char *)arguments[i], (char *)arguments[i] + kernel->sizes[i]);
    if (!kernel->is_pointer[i]) continue;
    void *pointer = nullptr;
    memcpy(&pointer, arguments[i], sizeof pointer);
    if (!pointer) continue;
    const Allocation *allocation = find(pointer);
    if (!allocation || allocation->locked)
      return complain(INVALID, "%s: argument %d is not in the memory of the device", kernel->name, i);
    work->touches.push_back(pointer);
  }
  for (auto &value : copy->values) copy->addresses.push_back(value.data());
  const int order = state().settings.threads;
  work->run = [=] {
    const char *fault = emulation_launch(kernel, {gx, gy, gz}, {bx, by, bz}, copy->addresses.data(), order, 2);
    if (!fault) return;
    complain(LAUNCH_FAILED, "%s: %s", kernel->name, fault);
    state().lost = true;
  };
  return push(__func__, stream, work);
}
}
