// The functions that steer the simulated device, and what it counts.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "simulator.h"

namespace simulated {
namespace {

// A number of the environment, or a default.
size_t number(const char *name, size_t otherwise) {
  const char *text = getenv(name);
  return text ? (size_t)strtoull(text, nullptr, 10) : otherwise;
}

// Two numbers with a point between them.
void numbers(const char *name, int &major, int &minor) {
  if (const char *text = getenv(name)) sscanf(text, "%d.%d", &major, &minor);
}

Settings settings_of_environment() {
  Settings s;
  static const char *const orders[] = {"lazy", "eager", "first", "second"};
  if (const char *text = getenv("SIMULATED_ORDER"))
    for (int order = 0; order < 4; order++)
      if (strcmp(text, orders[order]) == 0) s.order = order;
  s.threads = (int)number("SIMULATED_THREADS", 0);
  numbers("SIMULATED_CAPABILITY", s.major, s.minor);
  numbers("SIMULATED_NVRTC", s.nvrtc_major, s.nvrtc_minor);
  s.driver_version = (int)number("SIMULATED_DRIVER", (size_t)s.driver_version);
  s.devices = (int)number("SIMULATED_DEVICES", (size_t)s.devices);
  s.memory = number("SIMULATED_MEMORY", s.memory);
  s.taken = number("SIMULATED_TAKEN", s.taken);
  s.mode = (int)number("SIMULATED_MODE", 0);
  s.in_use = (int)number("SIMULATED_IN_USE", 0);
  if (const char *text = getenv("SIMULATED_NAME")) s.name += std::string(" ") + text;
  static const char *const failures[] = {
    "SIMULATED_FAIL_ALLOCATION", "SIMULATED_FAIL_LAUNCH", "SIMULATED_LOSE_DEVICE", "SIMULATED_FAIL_COMPILATION"};
  for (int kind = 0; kind < SIMULATED_COUNTS; kind++) s.failing[kind] = (int)number(failures[kind], 0);
  return s;
}

int live_handles() {
  int count = (int)state().handles.size();
  for (const auto &entry : state().allocations) count += entry.second.live;
  return count;
}

__attribute__((destructor)) void report() {
  const char *path = getenv("SIMULATED_REPORT");
  FILE *file = path ? fopen(path, "w") : nullptr;
  if (!file) return;
  State &s = state();
  fprintf(
    file, "bytes %zu\npeak %zu\nlocked %zu\nhandles %d\ncomplaints %d\nallocations %d\nlaunches %d\ncalls %d\ncompilations %d\n",
    s.bytes, s.peak, s.locked, live_handles(), s.complaints, s.counts[0], s.counts[1], s.counts[2], s.counts[3]);
  fclose(file);
}

}  // namespace

thread_local void *current_context = nullptr;
thread_local std::string current_test;
const Work *volatile current_work = nullptr;

State::State() : settings(settings_of_environment()) {}

// It is never destroyed: objects of the program may outlive the library's own.
State &state() {
  static State *state = new State;
  return *state;
}

int complain(int code, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  State &s = state();
  const char *test = current_test.c_str();
  fprintf(stderr, "simulated device: %s%s%s\n", text, *test ? ", in " : "", test);
  if (s.complaints++ == 0) {
    s.first_complaint = text;
    s.complainer = test;
  }
  return code;
}

bool is_earlier_context(const void *context) {
  return context && (uintptr_t)context >> 8 != state().reset_count;
}

int begin_call(const char *name) {
  State &s = state();
  if (!s.initialised) return complain(NOT_INITIALIZED, "%s before cuInit", name);
  if (!current_context || is_earlier_context(current_context)) return complain(INVALID_CONTEXT, "%s without a current context", name);
  if (counts_to_failure(SIMULATED_CALLS)) s.lost = true;
  return s.lost ? s.settings.loss : SUCCESS;
}

bool counts_to_failure(int kind) { return ++state().counts[kind] == state().settings.failing[kind]; }

bool forget_earlier(const void *handle) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  return state().earlier.erase(handle) != 0;
}

bool is_earlier(const void *handle) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  return state().earlier.count(handle) != 0;
}

bool exists(const void *handle, const char *name) {
  if (state().handles.count(handle)) return true;
  complain(INVALID_HANDLE, "%s with a handle that does not exist", name);
  return false;
}
}  // namespace simulated

using namespace simulated;

extern "C" {
void simulated_reset(void) {
  State &s = state();
  std::lock_guard<std::recursive_mutex> guard(s.lock);
  s.settings = settings_of_environment();
  s.streams.clear();
  s.earlier.insert(s.handles.begin(), s.handles.end());
  s.handles.clear();
  for (auto &entry : s.allocations) {
    if (!entry.second.live) continue;
    discard(entry.second);
    entry.second.earlier = true;
  }
  s.reset_count++;
  s.peak = 0;
  for (int &count : s.counts) count = 0;
  s.complaints = s.last_stream = 0;
  s.initialised = s.lost = false;
  s.first_complaint.clear();
  s.complainer.clear();
  for (auto reset : s.resets) reset();
}

void simulated_on_reset(void (*reset)(void)) { state().resets.push_back(reset); }

void simulated_set_order(int order) { state().settings.order = order; }
void simulated_set_threads(int order) { state().settings.threads = order; }
void simulated_set_capability(int major, int minor) {
  state().settings.major = major;
  state().settings.minor = minor;
}
void simulated_set_driver_version(int version) { state().settings.driver_version = version; }
void simulated_set_nvrtc_version(int major, int minor) {
  state().settings.nvrtc_major = major;
  state().settings.nvrtc_minor = minor;
}
void simulated_set_devices(int count) { state().settings.devices = count; }
void simulated_set_memory(size_t bytes) { state().settings.memory = bytes; }
void simulated_set_taken(size_t bytes) { state().settings.taken = bytes; }
void simulated_set_compute_mode(int mode) { state().settings.mode = mode; }
void simulated_set_in_use(int in_use) { state().settings.in_use = in_use; }

static void fail(int kind, int number) { state().settings.failing[kind] = number ? state().counts[kind] + number : 0; }
void simulated_fail_allocation(int number) { fail(SIMULATED_ALLOCATIONS, number); }
void simulated_fail_launch(int number) { fail(SIMULATED_LAUNCHES, number); }
void simulated_fail_compilation(int number) { fail(SIMULATED_COMPILATIONS, number); }
void simulated_lose_device(int number) { fail(SIMULATED_CALLS, number); }
void simulated_set_loss(int code) { state().settings.loss = code; }

int simulated_count(int kind) { return state().counts[kind]; }
size_t simulated_bytes(void) { return state().bytes; }
size_t simulated_peak_bytes(void) { return state().peak; }
size_t simulated_locked_bytes(void) { return state().locked; }
int simulated_live_handles(void) { return live_handles(); }
int simulated_complaints(void) { return state().complaints; }
const char *simulated_complaint(void) { return state().first_complaint.c_str(); }
const char *simulated_complainer(void) { return state().complainer.c_str(); }
void simulated_name_test(const char *test) { current_test = test; }

int simulated_enter(const char *name) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  return begin_call(name);
}

int simulated_enqueue(
  const char *name, void *stream, void (*work)(void *), void *data, void (*drop)(void *), const void *const *touches, int count) {
  std::shared_ptr<void> kept(data, drop);
  SIMULATED_CALL;
  if (counts_to_failure(SIMULATED_LAUNCHES)) return OUT_OF_RESOURCES;
  auto queued = std::make_shared<Work>();
  queued->name = name;
  queued->touches.assign(touches, touches + count);
  queued->run = [=] { work(kept.get()); };
  return push(name, (Stream *)stream, queued);
}

int simulated_is_device(const void *pointer, size_t bytes) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  return inside(pointer, bytes, false);
}

void simulated_complain(const char *text) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  complain(INVALID, "%s", text);
}

void simulated_remember(void *handle) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  state().handles.insert(handle);
}

void simulated_forget(void *handle) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  state().handles.erase(handle);
}

int simulated_forget_earlier(const void *handle) { return forget_earlier(handle); }

int simulated_is_live(const void *handle) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  return state().handles.count(handle) != 0;
}
}
