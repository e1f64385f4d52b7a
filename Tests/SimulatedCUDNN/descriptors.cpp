// Descriptors of the simulated cuDNN: their attributes, and what cuDNN says of them.
#include <algorithm>
#include <mutex>
#include <tuple>

#include "descriptor.h"
#include "simulated_cuda.h"

using namespace simulated_cudnn;

extern "C" int cuDeviceGetAttribute(int *value, int attribute, int device);

namespace {

// `count` is 0 for any number of elements.
struct Attribute {
  int name, type, count;
};

std::vector<Attribute> operation_attributes(int kind) {
  const int first = Pass::first(kind);
  std::vector<Attribute> attributes = {{first, FLOAT, 1}, {first + 1, FLOAT, 1}};
  for (int name = first + 2; name < first + 6; name++) attributes.push_back({name, DESCRIPTOR, 1});
  return attributes;
}

// Attributes that a finished descriptor must have.
const std::map<int, std::vector<Attribute>> required = {
  {TENSOR, {{900, INT64, 1}, {901, DATA_TYPE, 1}, {902, INT64, 4}, {903, INT64, 4}, {906, INT64, 1}}},
  {CONVOLUTION,
   {{100, DATA_TYPE, 1}, {101, MODE, 1}, {102, INT64, 2}, {103, INT64, 2}, {104, INT64, 2}, {105, INT64, 2}, {106, INT64, 1}}},
  {FORWARD, operation_attributes(FORWARD)},
  {INPUT_GRADIENT, operation_attributes(INPUT_GRADIENT)},
  {WEIGHT_GRADIENT, operation_attributes(WEIGHT_GRADIENT)},
  {GRAPH, {{801, DESCRIPTOR, 1}}},
  {HEURISTICS, {{200, ADVICE, 1}, {201, DESCRIPTOR, 1}}},
  {PLAN, {{401, DESCRIPTOR, 1}}},
  {PACK, {{1000, INT64, 3}, {1001, POINTER, 3}, {1003, POINTER, 1}}},
  {CONFIG, {}},
  {KNOB_CHOICE, {}},
  {ENGINE, {}},
  {MODEL, {{2702, CHARACTER, 0}}},
};

// The device of a graph and its plan, or the description of one for the advice and its plan.
const std::map<int, std::vector<Attribute>> optional = {
  {GRAPH, {{800, HANDLE, 1}}},
  {HEURISTICS, {{204, DESCRIPTOR, 1}}},
  {PLAN, {{400, HANDLE, 1}, {407, DESCRIPTOR, 1}}},
};

// The type of the setting that every engine has.
constexpr int knob_type = 2;

// The notes of each engine: sums without a fixed order; tensor cores, for which float32 is shortened; none.
const std::vector<std::vector<int>> notes = {{4}, {0, 1}, {}};

std::mutex lock;
std::map<Descriptor *, std::shared_ptr<Descriptor>> descriptors;
// Those from before the last reset. They stay until they are destroyed, so that no new one gets their address.
std::map<Descriptor *, std::shared_ptr<Descriptor>> earlier;

int size_of(int type) {
  switch (type) {
    case BOOLEAN: case CHARACTER: return 1;
    case HANDLE: case INT64: case POINTER: case DESCRIPTOR: return 8;
    default: return 4;
  }
}

std::string number(int64_t value) { return std::to_string(value); }

int check_tensor(const Descriptor &d) {
  const Tensor t(d);
  const int64_t strides[] = {t.c * t.h * t.w, 1, t.c * t.w, t.c};
  if (t.n < 1 || t.c < 1 || t.h < 1 || t.w < 1) return complain(BAD_PARAMETER, "a tensor of no elements");
  for (int i = 0; i < 4; i++)
    if (d.integer(903, i) != strides[i]) return complain(NOT_SUPPORTED, "a tensor that is not NHWC");
  if (t.type != FLOAT32 && t.type != FLOAT16 && t.type != BFLOAT16) return complain(NOT_SUPPORTED, "a tensor of another type");
  if (t.alignment < 1 || t.alignment % (t.type == FLOAT32 ? 4 : 2)) return complain(BAD_PARAMETER, "an alignment of no use");
  return SUCCESS;
}

int check_convolution(const Descriptor &d) {
  if (d.value<int>(101) != 1) return complain(BAD_PARAMETER, "a convolution whose window is flipped");
  if (d.value<int>(100) != FLOAT32) return complain(BAD_PARAMETER, "a convolution that does not add in float32");
  if (d.integer(106) != 2) return complain(BAD_PARAMETER, "a convolution that has not two dimensions");
  return SUCCESS;
}

int check_operation(const Descriptor &d) {
  const int first = Pass::first(d.kind);
  for (int name = first + 2; name < first + 6; name++)
    if (d.children.at(name)->kind != (name == first + 2 ? CONVOLUTION : TENSOR))
      return complain(BAD_PARAMETER, "attribute " + number(name) + " names a descriptor of another kind");
  const Pass pass(d);
  if (!pass.fits()) return complain(BAD_PARAMETER, "the tensors do not fit the convolution");
  if (pass.x.id == pass.w.id || pass.x.id == pass.y.id || pass.w.id == pass.y.id)
    return complain(BAD_PARAMETER, "two tensors of an operation have one identifier");
  if (pass.x.type != pass.w.type || pass.x.type != pass.y.type) return complain(NOT_SUPPORTED, "tensors of several types");
  return SUCCESS;
}

// The compute capability in the description of a device.
int major_of(const Descriptor &model) {
  const auto &bytes = model.attributes.at(2702);
  const std::string text(bytes.begin(), bytes.end()), member = "\"deviceVer\": ";
  const size_t place = text.find(member);
  return place == std::string::npos ? 0 : atoi(text.c_str() + place + member.size()) / 100;
}

// Whether the device has the type at all.
int check_advice(Descriptor &d) {
  d.graph = d.children.at(201);
  if (d.graph->kind != GRAPH) return complain(BAD_PARAMETER, "advice on what is no graph");
  if (d.graph->attributes.count(800) == d.attributes.count(204))
    return complain(BAD_PARAMETER, "advice needs the handle of a device or the description of one");
  int major = 0;
  if (d.attributes.count(204))
    major = major_of(*d.children.at(204));
  else
    cuDeviceGetAttribute(&major, 75, 0);
  if (Pass(d.operation()).x.type == BFLOAT16 && major < 8) return refuse(NOT_SUPPORTED, "bfloat16 needs sm_80");
  return SUCCESS;
}

int check_plan(Descriptor &d) {
  const Descriptor &config = *d.children.at(401);
  if (config.kind != CONFIG || !config.graph) return complain(BAD_PARAMETER, "a plan of what is no configuration");
  d.graph = config.graph;
  d.engine = config.engine;
  if (d.attributes.count(d.graph->attributes.count(800) ? 400 : 407) == 0 || d.attributes.count(400) == d.attributes.count(407))
    return complain(BAD_PARAMETER, "a plan is not for the device of its graph");
  int major = 0;
  if (d.attributes.count(400)) cuDeviceGetAttribute(&major, 75, 0);
  if (d.attributes.count(400) && d.engine == SIMULATED_SHORTENING && Pass(d.operation()).x.type == FLOAT32 && major < 8)
    return refuse(NOT_SUPPORTED, "TF32 needs sm_80");
  return SUCCESS;
}

int check(Descriptor &d) {
  switch (d.kind) {
    case TENSOR: return check_tensor(d);
    case CONVOLUTION: return check_convolution(d);
    case FORWARD: case INPUT_GRADIENT: case WEIGHT_GRADIENT: return check_operation(d);
    case HEURISTICS: return check_advice(d);
    case PLAN: return check_plan(d);
    default: return SUCCESS;
  }
}

void clear_descriptors() {
  std::lock_guard<std::mutex> guard(lock);
  earlier.merge(descriptors);
}
__attribute__((constructor)) void install() { simulated_on_reset(clear_descriptors); }

}  // namespace

namespace simulated_cudnn {
std::shared_ptr<Descriptor> find(Descriptor *handle) {
  std::lock_guard<std::mutex> guard(lock);
  auto place = descriptors.find(handle);
  return place == descriptors.end() ? nullptr : place->second;
}

int64_t workspace_of(const Descriptor &plan) {
  if (plan.engine == SIMULATED_NONDETERMINISTIC) return 0;
  return 256 * (1 + (int64_t)Pass(plan.operation()).w.bytes() / 256);
}
}  // namespace simulated_cudnn

extern "C" {
int cudnnBackendCreateDescriptor(int kind, Descriptor **handle) {
  if (!required.count(kind) || (kind == MODEL && settings.version < 90800))
    return refuse(NOT_SUPPORTED, "a descriptor of kind " + number(kind));
  auto descriptor = std::make_shared<Descriptor>(kind);
  *handle = descriptor.get();
  {
    std::lock_guard<std::mutex> guard(lock);
    descriptors[*handle] = std::move(descriptor);
  }
  simulated_remember(*handle);
  return SUCCESS;
}

int cudnnBackendDestroyDescriptor(Descriptor *handle) {
  bool existed;
  if (simulated_forget_earlier(handle)) {
    std::lock_guard<std::mutex> guard(lock);
    earlier.erase(handle);
    return SUCCESS;
  }
  {
    std::lock_guard<std::mutex> guard(lock);
    const auto place = descriptors.find(handle);
    existed = place != descriptors.end();
    if (existed) {
      place->second->destroyed = true;
      descriptors.erase(place);
    }
  }
  if (!existed) return complain(BAD_PARAMETER, "a descriptor is destroyed that does not exist");
  simulated_forget(handle);
  return SUCCESS;
}

int cudnnBackendSetAttribute(Descriptor *handle, int name, int type, int64_t count, const void *elements) {
  const auto d = find(handle);
  const std::string attribute = "attribute " + number(name);
  if (!d) return complain(BAD_PARAMETER, attribute + " of a descriptor that does not exist");
  if (d->finished) return complain(BAD_PARAMETER, attribute + " is set after the descriptor was finished");
  std::vector<Attribute> own = required.at(d->kind);
  if (optional.count(d->kind)) own.insert(own.end(), optional.at(d->kind).begin(), optional.at(d->kind).end());
  const auto a = std::find_if(own.begin(), own.end(), [=](const Attribute &a) { return a.name == name; });
  if (a == own.end()) return complain(BAD_PARAMETER, attribute + " does not belong to kind " + number(d->kind));
  if (type != a->type || (a->count && count != a->count)) return complain(BAD_PARAMETER, attribute + " has another type or number");
  if (type == DESCRIPTOR) {
    Descriptor *child;
    memcpy(&child, elements, sizeof child);
    d->children[name] = find(child);
    if (!d->children[name] || !d->children[name]->finished)
      return complain(BAD_PARAMETER, attribute + " names a descriptor that is not finished");
  }
  d->attributes[name].assign((const char *)elements, (const char *)elements + count * size_of(type));
  return SUCCESS;
}

int cudnnBackendFinalize(Descriptor *handle) {
  const auto d = find(handle);
  if (!d) return complain(BAD_PARAMETER, "a descriptor is finished that does not exist");
  for (const Attribute &a : required.at(d->kind)) {
    if (!d->attributes.count(a.name)) return complain(BAD_PARAMETER, "attribute " + number(a.name) + " is missing");
    if (a.type == DESCRIPTOR && !find(d->value<Descriptor *>(a.name)))
      return complain(BAD_PARAMETER, "attribute " + number(a.name) + " names a descriptor that was destroyed");
  }
  if (int code = check(*d)) return code;
  d->finished = true;
  return SUCCESS;
}

int cudnnBackendGetAttribute(Descriptor *handle, int name, int type, int64_t room, int64_t *count, void *elements) {
  const auto d = find(handle);
  if (!d || !d->finished) return complain(BAD_PARAMETER, "an attribute is read of what is not finished");
  // Fills descriptors that the caller has made.
  auto give = [&](const std::vector<std::pair<int, int>> &engines, int kind) -> int {
    *count = room == 0 ? (int64_t)engines.size() : std::min(room, (int64_t)engines.size());
    for (int64_t i = 0; i < *count && room; i++) {
      const auto result = find(((Descriptor **)elements)[i]);
      if (!result || result->kind != kind) return complain(BAD_PARAMETER, "a result has no descriptor of its kind");
      result->graph = d->graph;
      std::tie(result->engine, result->knob) = engines[(size_t)i];
      result->finished = true;
    }
    return SUCCESS;
  };
  if (d->kind == HEURISTICS && name == 202 && type == DESCRIPTOR) {
    std::vector<std::pair<int, int>> engines;
    for (int engine = 0; engine < (int)notes.size(); engine++)
      for (int knob = 0; knob <= (engine == SIMULATED_EXACT) && settings.engines >> engine & 1; knob++)
        engines.push_back({engine, knob});
    return give(engines, CONFIG);
  }
  if (d->kind == CONFIG && name == 300 && type == DESCRIPTOR) return give({{d->engine, d->knob}}, ENGINE);
  if (d->kind == CONFIG && name == 302 && type == DESCRIPTOR) {
    if (room) return give({{d->engine, d->knob}}, KNOB_CHOICE);
    *count = 0;  // as cuDNN does, although there are settings
    return SUCCESS;
  }
  if (d->kind == KNOB_CHOICE && room >= 1 && ((name == 600 && type == KNOB) || (name == 601 && type == INT64))) {
    *count = 1;
    if (name == 600) *(int *)elements = knob_type;
    if (name == 601) *(int64_t *)elements = d->knob;
    return SUCCESS;
  }
  if (d->kind == ENGINE && name == 1303 && type == NOTE) {
    const auto &own = notes[(size_t)d->engine];
    *count = (int64_t)own.size();
    for (size_t i = 0; i < own.size() && (int64_t)i < room; i++) ((int *)elements)[i] = own[i];
    return SUCCESS;
  }
  const bool is_index = d->kind == ENGINE && name == 1301, is_workspace = d->kind == PLAN && name == 402;
  if (type != INT64 || room < 1 || !(is_index || is_workspace))
    return complain(BAD_PARAMETER, "attribute " + number(name) + " cannot be read from kind " + number(d->kind));
  *(int64_t *)elements = is_index ? d->engine : workspace_of(*d);
  *count = 1;
  return SUCCESS;
}
}
