// Captures and graphs of the simulated device.
#include <algorithm>

#include "simulator.h"

using namespace simulated;

namespace {

// The nodes of a graph on their way, by lane.
class GraphRun {
 public:
  GraphRun(const Graph &graph, int order) : lanes(graph.lanes), reached(graph.marks + 1, false) {
    for (const Node &node : graph.nodes) {
      lanes[node.lane].push_back(&node);
      if (!is_late(order, (int)node.lane + 1)) drain(node.lane);
    }
    // Nothing of a graph is left when the next work of its stream begins.
    for (size_t lane = 0; lane < lanes.size(); lane++) drain(lane);
  }

 private:
  std::vector<std::deque<const Node *>> lanes;
  std::vector<bool> reached;

  void drain(size_t lane) {
    while (!lanes[lane].empty()) step(lane);
  }

  void step(size_t lane) {
    const Node *node = lanes[lane].front();
    lanes[lane].pop_front();
    for (size_t other = 0; other < lanes.size() && node->wait && !reached[node->wait]; other++)
      if (has_mark(other, node->wait))
        while (!reached[node->wait]) step(other);
    if (node->work) run(*node->work);
    if (node->mark) reached[node->mark] = true;
  }

  bool has_mark(size_t lane, uint64_t mark) const {
    return std::any_of(lanes[lane].begin(), lanes[lane].end(), [=](const Node *node) { return node->mark == mark; });
  }
};

// Whether every lane ends in a mark that another one waits for.
bool is_joined(const Graph &graph) {
  for (size_t lane = 1; lane < graph.lanes; lane++) {
    const Node *last = nullptr;
    for (const Node &node : graph.nodes)
      if (node.lane == lane) last = &node;
    const bool joined = last && last->mark && std::any_of(graph.nodes.begin(), graph.nodes.end(), [=](const Node &node) {
      return node.lane != lane && node.wait == last->mark;
    });
    if (!joined) return false;
  }
  return true;
}

}  // namespace

namespace simulated {
int outside_captures(const char *call, bool of_any_thread) {
  bool broken = false;
  for (Stream *stream : state().streams) {
    Capture *capture = stream->capture.get();
    // A capture of mode 1 is broken by calls of its own thread only, one of mode 2 by none.
    if (!capture || (!of_any_thread && capture->mode == 1 && capture->thread != std::this_thread::get_id())) continue;
    if (!of_any_thread && capture->mode == 2) continue;
    capture->broken = broken = true;
  }
  return broken ? complain(CAPTURE_UNSUPPORTED, "%s while a stream is captured", call) : SUCCESS;
}

int add_to_capture(Stream *stream, Node node) {
  if (stream->capture->broken) return CAPTURE_BROKEN;
  stream->capture->graph.nodes.push_back(std::move(node));
  return SUCCESS;
}

void run(const Graph &graph, int order) { GraphRun run(graph, order); }
}  // namespace simulated

extern "C" {
int simulated_break_capture(void *stream) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  const auto capture = ((Stream *)stream)->capture;
  if (capture) capture->broken = true;
  return capture != nullptr;
}

int cuStreamBeginCapture_v2(Stream *stream, int mode) {
  SIMULATED_CALL;
  if (!exists(stream, __func__)) return INVALID_HANDLE;
  if (stream->capture) return complain(INVALID, "a capture begins in a stream that is captured already");
  stream->capture = std::make_shared<Capture>();
  stream->capture->thread = std::this_thread::get_id();
  stream->capture->mode = mode;
  stream->capture->origin = stream;
  stream->lane = 0;
  return SUCCESS;
}

int cuStreamIsCapturing(Stream *stream, int *status) {
  SIMULATED_CALL;
  if (!exists(stream, __func__)) return INVALID_HANDLE;
  *status = !stream->capture ? 0 : stream->capture->broken ? 2 : 1;
  return SUCCESS;
}

int cuStreamEndCapture(Stream *stream, Graph **graph) {
  SIMULATED_CALL;
  *graph = nullptr;
  if (!exists(stream, __func__)) return INVALID_HANDLE;
  const std::shared_ptr<Capture> capture = stream->capture;
  if (!capture) return complain(INVALID, "a capture is ended that was not begun");
  if (capture->origin != stream) return complain(CAPTURE_UNMATCHED, "a capture is ended in another stream than it began");
  if (capture->mode != 2 && capture->thread != std::this_thread::get_id())
    return complain(CAPTURE_OF_ANOTHER_THREAD, "a capture is ended by another thread than began it");
  for (Stream *other : state().streams)
    if (other->capture == capture) other->capture = nullptr;
  capture->ended = true;
  if (capture->broken) return CAPTURE_BROKEN;
  if (!is_joined(capture->graph)) return complain(CAPTURE_UNJOINED, "a captured stream does not wait for another one");
  *graph = new Graph(capture->graph);
  state().handles.insert(*graph);
  return SUCCESS;
}

int cuGraphInstantiateWithFlags(Graph **instance, Graph *graph, unsigned long long flags) {
  SIMULATED_CALL;
  if (!exists(graph, __func__)) return INVALID_HANDLE;
  if (flags) return complain(INVALID, "cuGraphInstantiateWithFlags with flags");
  *instance = new Graph(*graph);
  state().handles.insert(*instance);
  return SUCCESS;
}

int cuGraphInstantiate_v2(Graph **instance, Graph *graph, void *, char *, size_t) {
  return cuGraphInstantiateWithFlags(instance, graph, 0);
}

int cuGraphLaunch(Graph *graph, Stream *stream) {
  SIMULATED_CALL;
  if (!exists(graph, __func__)) return INVALID_HANDLE;
  if (counts_to_failure(SIMULATED_LAUNCHES)) return OUT_OF_RESOURCES;
  auto work = std::make_shared<Work>();
  auto copy = std::make_shared<Graph>(*graph);
  work->name = "a graph";
  for (const Node &node : copy->nodes)
    if (node.work) work->touches.insert(work->touches.end(), node.work->touches.begin(), node.work->touches.end());
  work->queued = [=] {
    for (const Node &node : copy->nodes)
      if (node.work && node.work->queued) node.work->queued();
  };
  work->run = [=] { run(*copy, state().settings.order); };
  return push(__func__, stream, work);
}

static int destroy(const char *call, Graph *graph) {
  if (!exists(graph, call)) return INVALID_HANDLE;
  state().handles.erase(graph);
  delete graph;
  return SUCCESS;
}

int cuGraphDestroy(Graph *graph) {
  if (forget_earlier(graph)) return SUCCESS;
  SIMULATED_CALL;
  return destroy(__func__, graph);
}

int cuGraphExecDestroy(Graph *graph) {
  if (forget_earlier(graph)) return SUCCESS;
  SIMULATED_CALL;
  return destroy(__func__, graph);
}
}
