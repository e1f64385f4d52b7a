// Descriptors of the simulated cuDNN.
#pragma once
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulated_cudnn.h"

namespace simulated_cudnn {

enum Status { SUCCESS, NOT_INITIALIZED, BAD_PARAMETER, NOT_SUPPORTED, EXECUTION_FAILED };
enum { FLOAT32 = 0, FLOAT16 = 2, BFLOAT16 = 9 };
// Kinds of descriptors, and the types of attributes.
enum Kind {
  CONVOLUTION = 1, ENGINE = 2, CONFIG = 3, HEURISTICS = 4, PLAN = 5, KNOB_CHOICE = 7, FORWARD = 10, WEIGHT_GRADIENT = 11,
  INPUT_GRADIENT = 12, GRAPH = 15, PACK = 16, TENSOR = 17, MODEL = 38,
};
enum Type {
  HANDLE = 0, DATA_TYPE = 1, BOOLEAN = 2, INT64 = 3, FLOAT = 4, POINTER = 6, MODE = 7, ADVICE = 8, KNOB = 9, NOTE = 11,
  DESCRIPTOR = 15, CHARACTER = 24,
};

struct Settings {
  int version = 91002, cuda = 0, engines = 7;
  bool capturable = true;
};
extern Settings settings;

struct Handle {
  void *stream = nullptr;
};

struct Descriptor {
  explicit Descriptor(int kind) : kind(kind) {}

  int kind;
  bool finished = false;
  std::map<int, std::vector<char>> attributes;
  std::map<int, std::shared_ptr<Descriptor>> children;
  bool destroyed = false;
  // Of advice, configurations, engines, settings and plans: the graph, the number of the engine, and its setting.
  std::shared_ptr<Descriptor> graph;
  int engine = 0, knob = 0;

  const Descriptor &operation() const { return *graph->children.at(801); }

  template <class T> T value(int name, int index = 0) const {
    T value;
    memcpy(&value, attributes.at(name).data() + index * sizeof(T), sizeof value);
    return value;
  }
  int64_t integer(int name, int index = 0) const { return value<int64_t>(name, index); }
};

// Images [n, h, w, c], or weights with n outputs and c inputs.
struct Tensor {
  int type;
  int64_t n, c, h, w, id, alignment;

  explicit Tensor(const Descriptor &d)
    : type(d.value<int>(901)), n(d.integer(902, 0)), c(d.integer(902, 1)), h(d.integer(902, 2)), w(d.integer(902, 3)),
      id(d.integer(906)), alignment(d.integer(900)) {}
  size_t count() const { return (size_t)(n * c * h * w); }
  size_t bytes() const { return count() * (type == FLOAT32 ? 4 : 2); }
};

// One direction of the window.
struct Axis {
  int64_t dilation, stride, after, before;

  Axis(const Descriptor &convolution, int index)
    : dilation(convolution.integer(102, index)), stride(convolution.integer(103, index)), after(convolution.integer(104, index)),
      before(convolution.integer(105, index)) {}
  int64_t output(int64_t input, int64_t window) const {
    return (input + before + after - dilation * (window - 1) - 1) / stride + 1;
  }
};

// One pass of a convolution.
struct Pass {
  int kind;
  Tensor x, w, y;
  Axis vertical, horizontal;
  float alpha, beta;

  // The first attribute of an operation: its others follow in the order alpha, beta, convolution, w, x, y.
  static int first(int kind) { return kind == FORWARD ? 700 : kind == INPUT_GRADIENT ? 706 : 712; }

  explicit Pass(const Descriptor &operation) : Pass(operation, first(operation.kind)) {}

  bool fits() const {
    return x.n == y.n && x.c == w.c && y.c == w.n && y.h == vertical.output(x.h, w.h) && y.w == horizontal.output(x.w, w.w);
  }
  const Tensor &target() const { return kind == FORWARD ? y : kind == INPUT_GRADIENT ? x : w; }

 private:
  Pass(const Descriptor &o, int first)
    : kind(o.kind), x(*o.children.at(first + 4)), w(*o.children.at(first + 3)), y(*o.children.at(first + 5)),
      vertical(*o.children.at(first + 2), 0), horizontal(*o.children.at(first + 2), 1), alpha(o.value<float>(first)),
      beta(o.value<float>(first + 1)) {}
};

// The descriptor of a handle; null where there is none.
std::shared_ptr<Descriptor> find(Descriptor *handle);
// Remembers the text of an error, and gives its code in the version. `complain` also makes the device complain.
int refuse(Status status, const std::string &text);
int complain(Status status, const std::string &text);
int64_t workspace_of(const Descriptor &plan);

// Computes a pass by an engine. Each result is summed in float64 and rounded once.
void compute(const Pass &pass, int engine, const char *x, const char *w, const char *y, char *out);

}  // namespace simulated_cudnn
