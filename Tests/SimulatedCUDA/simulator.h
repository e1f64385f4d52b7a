// The state of the simulated device, shared by its files.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "simulated_cuda.h"

namespace simulated {

// Error codes of the driver.
enum {
  SUCCESS = 0, INVALID = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, UNAVAILABLE = 46, NO_DEVICE = 100, INVALID_DEVICE = 101,
  INVALID_IMAGE = 200, INVALID_CONTEXT = 201, WRONG_ARCHITECTURE = 209, MEMORY_FAILED = 214, INVALID_HANDLE = 400,
  NOT_FOUND = 500, NOT_READY = 600, OUT_OF_RESOURCES = 701, LAUNCH_FAILED = 719, CAPTURE_UNSUPPORTED = 900,
  CAPTURE_BROKEN = 901, CAPTURE_MERGED = 902, CAPTURE_UNMATCHED = 903, CAPTURE_UNJOINED = 904, CAPTURE_ISOLATED = 905,
  CAPTURED_EVENT = 907, CAPTURE_OF_ANOTHER_THREAD = 908,
};

struct Allocation {
  char *begin, *map;
  size_t bytes, room;
  bool live, locked;
  bool earlier = false;  // from before the last reset
};

struct Stream;
struct Capture;

// A mark in a stream.
struct Event {
  bool has_times = false;
  uint64_t recorded = 0, done = 0;  // numbers of the last mark that was queued, and of the last that was reached
  Stream *stream = nullptr;         // where it was recorded last
  std::shared_ptr<Capture> capture;  // the capture in which it was recorded last; null outside of captures
  uint64_t captured = 0;            // the number of that mark in the capture
};

// Work that is queued. Those of a graph are launched again and again.
struct Work {
  std::string name;
  std::vector<const void *> touches;  // addresses that must lie in live allocations until it is done
  std::function<void()> queued;       // called when it is queued; may be empty
  std::function<void()> run;
};

// One thing to do in a stream: work, a mark, or the wait for a mark.
struct Operation {
  std::shared_ptr<Work> work;
  Event *mark = nullptr, *wait = nullptr;
  Stream *waited_stream = nullptr;
  uint64_t number = 0;
};

// One thing to do in a graph. Each captured stream is a lane, whose nodes are done in order; the first lane is the stream whose
// capture was begun.
struct Node {
  size_t lane;
  std::shared_ptr<Work> work;
  uint64_t mark = 0, wait = 0;  // numbers of marks, from 1; 0 for none
};

struct Graph {
  std::vector<Node> nodes;
  size_t lanes = 1;
  uint64_t marks = 0;
};

struct Capture {
  Graph graph;
  std::thread::id thread;
  int mode = 0;
  Stream *origin = nullptr;
  bool broken = false, ended = false;
};

struct Stream {
  int number = 0;
  std::deque<Operation> queue;
  std::shared_ptr<Capture> capture;  // null outside of captures
  size_t lane = 0;                   // in the capture
};

// Settings, which the environment may give.
struct Settings {
  int order = SIMULATED_LAZY, threads = 0;
  int major = 9, minor = 0, driver_version = 13000, nvrtc_major = 12, nvrtc_minor = 9;
  int devices = 1, mode = 0, in_use = 0, loss = LAUNCH_FAILED;
  size_t memory = size_t(4) << 30, taken = 0;
  std::string name = "simulated device";
  int failing[SIMULATED_COUNTS] = {};
};

struct State {
  std::recursive_mutex lock;
  Settings settings;
  std::map<char *, Allocation> allocations;
  std::vector<Stream *> streams;
  std::set<const void *> handles;
  std::set<const void *> earlier;  // handles from before the last reset that are not destroyed
  std::vector<void (*)()> resets;
  size_t bytes = 0, peak = 0, locked = 0;
  int counts[SIMULATED_COUNTS] = {}, complaints = 0, last_stream = 0;
  bool initialised = false, lost = false;
  std::string first_complaint, complainer;
  uintptr_t reset_count = 0;

  State();
};

State &state();
// A context is a number: the resets before it in the upper bits, and its device, counted from 1, in the lower eight.
extern thread_local void *current_context;
// Whether a context is from before the last reset.
bool is_earlier_context(const void *context);
// The work that is being done, for the report of a fault.
extern const Work *volatile current_work;

int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Counts a call, and says whether it can be made at all: after cuInit, with a context, on a device that is not lost.
int begin_call(const char *name);
// Counts something; whether it is the one that fails.
bool counts_to_failure(int kind);
// Forgets a handle from before the last reset; whether it was one. Objects of an earlier test may be destroyed late.
bool forget_earlier(const void *handle);
// Whether a handle is from before the last reset.
bool is_earlier(const void *handle);
// Whether a handle exists; complains otherwise.
bool exists(const void *handle, const char *name);

// The live allocation of an address, of the device or of locked memory; null without one.
Allocation *find(const void *pointer);
bool inside(const void *pointer, size_t bytes, bool locked);
// Ends an allocation. Its addresses are never used again, so that whatever touches them later faults.
void discard(Allocation &allocation);

// Whether a call is made outside of captures that it would break. It breaks them.
int outside_captures(const char *name, bool of_any_thread = false);
int push(const char *call, Stream *stream, std::shared_ptr<Work> work);
int push(Stream *stream, Operation operation);
int add_to_capture(Stream *stream, Node node);
void run(const Work &work);
// Does the work of a graph.
void run(const Graph &graph, int order);
void drain(Stream *stream);
bool is_queued(const Allocation &allocation);
bool is_late(int order, int number);

}  // namespace simulated

// The beginning of every call that needs a context.
#define SIMULATED_CALL                                                  \
  std::lock_guard<std::recursive_mutex> guard(simulated::state().lock); \
  if (int code = simulated::begin_call(__func__)) return code
