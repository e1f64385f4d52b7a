// The simulated cuDNN: its versions and errors, its handles, and the execution of plans.
#include <cstdio>
#include <cstdlib>

#include "descriptor.h"
#include "simulated_cuda.h"

using namespace simulated_cudnn;

namespace {

thread_local std::string last_error;

Settings settings_of_environment() {
  Settings settings;
  if (const char *text = getenv("SIMULATED_CUDNN")) settings.version = atoi(text);
  return settings;
}

void reset() { settings = settings_of_environment(); }
__attribute__((constructor)) void install() { simulated_on_reset(reset); }

// Codes of cuDNN 9 and of cuDNN 8.
int code(Status status) {
  static const int newer[] = {0, 1001, 2000, 3000, 5000}, older[] = {0, 1, 3, 9, 8};
  return (settings.version >= 90000 ? newer : older)[status];
}

// One launch of a plan.
struct Job {
  Pass pass;
  int engine;
  char *x, *w, *y, *workspace;
  int64_t bytes;

  char *out() const { return pass.kind == FORWARD ? y : pass.kind == INPUT_GRADIENT ? x : w; }
};

void run(void *data) {
  const Job &job = *(Job *)data;
  // Nothing in the workspace is of use before or after.
  memset(job.workspace, 0xff, (size_t)job.bytes);
  compute(job.pass, job.engine, job.x, job.w, job.y, job.out());
}

bool overlap(const char *a, size_t a_bytes, const char *b, size_t b_bytes) { return a < b + b_bytes && b < a + a_bytes; }

// Finds the tensors of a job in a pack.
int place(Job &job, const Descriptor &pack) {
  const std::pair<const Tensor *, char **> tensors[] = {{&job.pass.x, &job.x}, {&job.pass.w, &job.w}, {&job.pass.y, &job.y}};
  if (job.bytes && !simulated_is_device(job.workspace, (size_t)job.bytes))
    return complain(BAD_PARAMETER, "the workspace is too small, or not on the device");
  for (const auto &[tensor, address] : tensors) {
    const std::string name = "tensor " + std::to_string(tensor->id);
    for (int i = 0; i < 3; i++)
      if (pack.integer(1000, i) == tensor->id) *address = pack.value<char *>(1001, i);
    if ((uintptr_t)*address % (uintptr_t)tensor->alignment)
      return complain(BAD_PARAMETER, name + " is not aligned as promised");
    if (!*address || !simulated_is_device(*address, tensor->bytes()))
      return complain(BAD_PARAMETER, name + " is missing, or not wholly on the device");
    if (job.bytes && overlap(*address, tensor->bytes(), job.workspace, (size_t)job.bytes))
      return complain(BAD_PARAMETER, name + " overlaps the workspace");
  }
  for (const auto &[tensor, address] : tensors)
    if (tensor != &job.pass.target() && overlap(*address, tensor->bytes(), job.out(), job.pass.target().bytes()))
      return complain(BAD_PARAMETER, "tensor " + std::to_string(tensor->id) + " overlaps the result");
  return SUCCESS;
}

}  // namespace

namespace simulated_cudnn {
Settings settings = settings_of_environment();

int refuse(Status status, const std::string &text) {
  last_error = text;
  return code(status);
}

int complain(Status status, const std::string &text) {
  simulated_complain(("cuDNN: " + text).c_str());
  return refuse(status, text);
}
}  // namespace simulated_cudnn

extern "C" {
void simulated_set_cudnn_version(int version) { settings.version = version; }
void simulated_set_cudnn_cuda(int version) { settings.cuda = version; }
void simulated_set_cudnn_engines(int engines) { settings.engines = engines; }
void simulated_set_cudnn_capturable(int capturable) { settings.capturable = capturable != 0; }

size_t cudnnGetVersion() { return (size_t)settings.version; }
size_t cudnnGetCudartVersion() { return (size_t)settings.cuda; }

const char *cudnnGetErrorString(int status) {
  static const char *const names[] = {
    "CUDNN_STATUS_SUCCESS", "CUDNN_STATUS_NOT_INITIALIZED", "CUDNN_STATUS_BAD_PARAM", "CUDNN_STATUS_NOT_SUPPORTED",
    "CUDNN_STATUS_EXECUTION_FAILED"};
  for (int i = 0; i < 5; i++)
    if (code((Status)i) == status) return names[i];
  return "CUDNN_UNKNOWN_STATUS";
}

void cudnnGetLastErrorString(char *text, size_t length) { snprintf(text, length, "%s", last_error.c_str()); }

int cudnnCreate(Handle **handle) {
  if (simulated_enter(__func__)) return refuse(NOT_INITIALIZED, "there is no context, or the device is lost");
  *handle = new Handle;
  simulated_remember(*handle);
  return SUCCESS;
}

int cudnnDestroy(Handle *handle) {
  if (simulated_forget_earlier(handle)) return SUCCESS;
  if (!simulated_is_live(handle)) return complain(BAD_PARAMETER, "a handle is destroyed that does not exist");
  simulated_forget(handle);
  delete handle;
  return SUCCESS;
}

int cudnnSetStream(Handle *handle, void *stream) {
  if (!simulated_is_live(handle)) return complain(BAD_PARAMETER, "a handle that does not exist");
  handle->stream = stream;
  return SUCCESS;
}

int cudnnBackendExecute(Handle *handle, Descriptor *plan_handle, Descriptor *pack_handle) {
  const auto plan = find(plan_handle), pack = find(pack_handle);
  if (!simulated_is_live(handle)) return complain(BAD_PARAMETER, "a handle that does not exist");
  if (!plan || !pack || !plan->finished || !pack->finished || plan->kind != PLAN || pack->kind != PACK)
    return complain(BAD_PARAMETER, "a plan or a pack that does not exist or is not finished");
  if (plan->graph->destroyed) return complain(BAD_PARAMETER, "the graph of a plan was destroyed");
  if (!plan->attributes.count(400)) return complain(BAD_PARAMETER, "a plan for a device that is not there");
  if (plan->value<Handle *>(400) != handle) return complain(BAD_PARAMETER, "a plan of another handle");
  if (!handle->stream) return complain(BAD_PARAMETER, "the handle has no stream");
  if (!settings.capturable && simulated_break_capture(handle->stream))
    return refuse(NOT_SUPPORTED, "this engine cannot be captured");
  auto job = std::make_unique<Job>(Job{
    Pass(plan->operation()), plan->engine, nullptr, nullptr, nullptr, pack->value<char *>(1003), workspace_of(*plan)});
  if (int code = place(*job, *pack)) return code;
  const void *touches[] = {job->x, job->w, job->y, job->workspace};
  const int failed = simulated_enqueue(
    "a convolution", handle->stream, run, job.get(), [](void *data) { delete (Job *)data; }, touches, job->bytes ? 4 : 3);
  job.release();
  return failed ? refuse(EXECUTION_FAILED, "the device failed with error " + std::to_string(failed)) : SUCCESS;
}
}
