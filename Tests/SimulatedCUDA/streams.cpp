// Streams and events of the simulated device.
#include <algorithm>

#include "simulator.h"

using namespace simulated;

namespace {

void step(Stream *stream);

// Does the work of a stream up to a mark.
void run_until(Event *event, Stream *stream, uint64_t number) {
  while (event->done < number && !stream->queue.empty()) step(stream);
}

void step(Stream *stream) {
  const Operation next = std::move(stream->queue.front());
  stream->queue.pop_front();
  if (next.wait) run_until(next.wait, next.waited_stream, next.number);
  if (next.work) run(*next.work);
  if (next.mark) next.mark->done = std::max(next.mark->done, next.number);
}

// Whether a stream exists and work may be queued in it.
int require(const char *call, Stream *stream) {
  if (!stream) return complain(INVALID_HANDLE, "%s in the null stream, which waits for all others", call);
  return exists(stream, call) ? SUCCESS : INVALID_HANDLE;
}

int result() { return state().lost ? state().settings.loss : SUCCESS; }

// Marks and waits in a stream that is captured.
int capture_mark(Stream *stream, Event *event) {
  event->capture = stream->capture;
  event->captured = ++stream->capture->graph.marks;
  Node node{stream->lane, nullptr};
  node.mark = event->captured;
  return add_to_capture(stream, node);
}

int capture_wait(Stream *stream, Event *event) {
  auto break_with = [&](int code, const char *text) {
    for (auto &capture : {stream->capture, event->capture})
      if (capture) capture->broken = true;
    return complain(code, "cuStreamWaitEvent: %s", text);
  };
  if (!event->capture) return break_with(CAPTURE_ISOLATED, "a captured stream waits for a mark that is not captured");
  if (event->capture->ended) return break_with(CAPTURED_EVENT, "the mark belongs to a capture that has ended");
  if (!stream->capture) {
    // The stream joins the capture.
    stream->capture = event->capture;
    stream->lane = event->capture->graph.lanes++;
  }
  if (stream->capture != event->capture) return break_with(CAPTURE_MERGED, "two captures would be one");
  Node node{stream->lane, nullptr};
  node.wait = event->captured;
  return add_to_capture(stream, node);
}

}  // namespace

namespace simulated {
bool is_late(int order, int number) {
  switch (order) {
    case SIMULATED_LAZY: return true;
    case SIMULATED_FIRST: return number % 2 == 1;
    case SIMULATED_SECOND: return number % 2 == 0;
    default: return false;
  }
}

void run(const Work &work) {
  if (state().lost) return;
  const Work *outer = current_work;
  current_work = &work;
  work.run();
  current_work = outer;
}

void drain(Stream *stream) {
  while (!stream->queue.empty()) step(stream);
}

bool is_queued(const Allocation &allocation) {
  for (const Stream *stream : state().streams)
    for (const Operation &operation : stream->queue)
      if (operation.work)
        for (const void *address : operation.work->touches)
          if (find(address) == &allocation) return true;
  return false;
}

int push(Stream *stream, Operation operation) {
  stream->queue.push_back(std::move(operation));
  if (!is_late(state().settings.order, stream->number)) drain(stream);
  return SUCCESS;
}

int push(const char *call, Stream *stream, std::shared_ptr<Work> work) {
  if (int code = require(call, stream)) return code;
  for (const void *address : work->touches)
    if (!find(address)) return complain(INVALID, "%s: %s uses memory that was freed", call, work->name.c_str());
  if (stream->capture) return add_to_capture(stream, {stream->lane, work});
  if (work->queued) work->queued();
  Operation operation;
  operation.work = std::move(work);
  return push(stream, std::move(operation));
}
}  // namespace simulated

extern "C" {
int cuStreamCreate(Stream **stream, unsigned flags) {
  SIMULATED_CALL;
  if (flags != 1) return complain(INVALID, "a stream that waits for the null stream");
  *stream = new Stream;
  (*stream)->number = ++state().last_stream;
  state().streams.push_back(*stream);
  state().handles.insert(*stream);
  return SUCCESS;
}

int cuStreamCreateWithPriority(Stream **stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }

// The object and its queue stay: work that is queued may still be waited for.
int cuStreamDestroy_v2(Stream *stream) {
  if (forget_earlier(stream)) return SUCCESS;
  SIMULATED_CALL;
  if (int code = require(__func__, stream)) return code;
  if (stream->capture) return complain(CAPTURE_UNSUPPORTED, "a stream is destroyed while it is captured");
  state().handles.erase(stream);
  return SUCCESS;
}

int cuStreamSynchronize(Stream *stream) {
  if (is_earlier(stream)) return SUCCESS;
  SIMULATED_CALL;
  if (int code = require(__func__, stream)) return code;
  if (int code = outside_captures(__func__, stream->capture != nullptr)) return code;
  drain(stream);
  return result();
}

int cuCtxSynchronize() {
  SIMULATED_CALL;
  if (int code = outside_captures(__func__, true)) return code;
  for (Stream *stream : state().streams) drain(stream);
  return result();
}

int cuStreamWaitEvent(Stream *stream, Event *event, unsigned flags) {
  SIMULATED_CALL;
  if (int code = require(__func__, stream)) return code;
  if (!exists(event, __func__)) return INVALID_HANDLE;
  if (flags) return complain(INVALID, "cuStreamWaitEvent with flags");
  if (stream->capture || event->capture) return capture_wait(stream, event);
  if (event->recorded == 0) return complain(INVALID, "a stream waits for an event that was never recorded");
  Operation wait;
  wait.wait = event;
  wait.waited_stream = event->stream;
  wait.number = event->recorded;
  return push(stream, std::move(wait));
}

int cuEventCreate(Event **event, unsigned flags) {
  SIMULATED_CALL;
  *event = new Event;
  (*event)->has_times = (flags & 2) == 0;
  state().handles.insert(*event);
  return SUCCESS;
}

// The object stays, since queued work may still name it.
int cuEventDestroy_v2(Event *event) {
  if (forget_earlier(event)) return SUCCESS;
  SIMULATED_CALL;
  if (!exists(event, __func__)) return INVALID_HANDLE;
  state().handles.erase(event);
  return SUCCESS;
}

int cuEventRecord(Event *event, Stream *stream) {
  SIMULATED_CALL;
  if (int code = require(__func__, stream)) return code;
  if (!exists(event, __func__)) return INVALID_HANDLE;
  if (stream->capture) return capture_mark(stream, event);
  event->capture = nullptr;
  event->stream = stream;
  Operation mark;
  mark.mark = event;
  mark.number = ++event->recorded;
  return push(stream, std::move(mark));
}

static int require_uncaptured(const char *call, Event *event) {
  if (!exists(event, call)) return INVALID_HANDLE;
  if (int code = outside_captures(call)) return code;
  if (!event->capture) return SUCCESS;
  event->capture->broken = true;
  return complain(CAPTURED_EVENT, "%s of a mark in a capture", call);
}

int cuEventSynchronize(Event *event) {
  SIMULATED_CALL;
  if (int code = require_uncaptured(__func__, event)) return code;
  if (event->stream) run_until(event, event->stream, event->recorded);
  return result();
}

int cuEventQuery(Event *event) {
  SIMULATED_CALL;
  if (int code = require_uncaptured(__func__, event)) return code;
  return event->done >= event->recorded ? result() : NOT_READY;
}

int cuEventElapsedTime(float *milliseconds, Event *begin, Event *end) {
  SIMULATED_CALL;
  for (Event *event : {begin, end}) {
    if (!exists(event, __func__)) return INVALID_HANDLE;
    if (!event->has_times || event->recorded == 0) return complain(INVALID_HANDLE, "the time of an event that has none");
    if (event->done < event->recorded) return NOT_READY;
  }
  *milliseconds = 1;
  return SUCCESS;
}

int cuEventElapsedTime_v2(float *milliseconds, Event *begin, Event *end) { return cuEventElapsedTime(milliseconds, begin, end); }
}
