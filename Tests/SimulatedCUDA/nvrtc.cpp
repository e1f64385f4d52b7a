// The simulated run-time compiler. It compiles nothing: it finds the names of the kernels.
#include <sstream>

#include "cubin.h"
#include "simulator.h"

using namespace simulated;

namespace {

enum { COMPILED = 0, INVALID_INPUT = 3, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6 };

struct Program {
  std::string source, name, log;
  Cubin cubin;
};

// The oldest architecture that a version of the compiler knows.
int oldest(int major) { return major >= 13 ? 75 : major == 12 ? 50 : 35; }

// The names behind KERNEL( at the beginning of lines, with the suffix of the element type.
std::vector<std::string> kernels_of(const std::string &source) {
  std::string suffix;
  const std::string define = "#define ELEMENT ";
  if (source.compare(0, define.size(), define) == 0)
    suffix = "_" + source.substr(define.size(), source.find('\n') - define.size());
  std::vector<std::string> names;
  std::istringstream lines(source);
  for (std::string line; std::getline(lines, line);)
    if (line.compare(0, 7, "KERNEL(") == 0) names.push_back(line.substr(7, line.find(')') - 7) + suffix);
  return names;
}

int fail(Program *program, int code, const std::string &text) {
  program->log = program->name + ": simulated compiler: " + text + "\n";
  return code;
}

}  // namespace

extern "C" {
int nvrtcVersion(int *major, int *minor) {
  *major = state().settings.nvrtc_major;
  *minor = state().settings.nvrtc_minor;
  return COMPILED;
}

const char *nvrtcGetErrorString(int error) {
  switch (error) {
    case COMPILED: return "NVRTC_SUCCESS";
    case INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
    default: return "NVRTC_ERROR_COMPILATION";
  }
}

int nvrtcGetNumSupportedArchs(int *count) {
  *count = 0;
  for (int sm : {60, 70, 75, 80, 86, 89, 90}) *count += sm >= oldest(state().settings.nvrtc_major);
  return COMPILED;
}

int nvrtcGetSupportedArchs(int *architectures) {
  for (int sm : {60, 70, 75, 80, 86, 89, 90})
    if (sm >= oldest(state().settings.nvrtc_major)) *architectures++ = sm;
  return COMPILED;
}

int nvrtcCreateProgram(
  Program **program, const char *source, const char *name, int headers, const char *const *, const char *const *) {
  if (headers) return INVALID_INPUT;
  *program = new Program{source, name ? name : "", "", {}};
  simulated_remember(*program);
  return COMPILED;
}

int nvrtcDestroyProgram(Program **program) {
  if (!simulated_is_live(*program)) return INVALID_PROGRAM;
  simulated_forget(*program);
  delete *program;
  *program = nullptr;
  return COMPILED;
}

int nvrtcCompileProgram(Program *program, int count, const char *const *options) {
  if (!simulated_is_live(program)) return INVALID_PROGRAM;
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  if (counts_to_failure(SIMULATED_COMPILATIONS)) return fail(program, COMPILATION, "error: this compilation was to fail");
  std::string all, architecture;
  const std::string option = "--gpu-architecture=sm_";
  for (int i = 0; i < count; i++) {
    const std::string text = options[i];
    all += text + "\n";
    if (text.compare(0, option.size(), option) == 0) architecture = text.substr(option.size());
  }
  if (architecture.empty() || atoi(architecture.c_str()) < oldest(state().settings.nvrtc_major))
    return fail(program, INVALID_OPTION, "error: invalid value for --gpu-architecture");
  program->cubin = {architecture, hash(all + program->source), kernels_of(program->source)};
  return program->cubin.kernels.empty() ? fail(program, COMPILATION, "error: the source has no kernels") : COMPILED;
}

int nvrtcGetProgramLogSize(Program *program, size_t *bytes) {
  *bytes = program->log.size() + 1;
  return COMPILED;
}

int nvrtcGetProgramLog(Program *program, char *log) {
  memcpy(log, program->log.c_str(), program->log.size() + 1);
  return COMPILED;
}

int nvrtcGetCUBINSize(Program *program, size_t *bytes) {
  *bytes = program->cubin.text().size() + 1;
  return COMPILED;
}

int nvrtcGetCUBIN(Program *program, char *cubin) {
  const std::string text = program->cubin.text();
  memcpy(cubin, text.c_str(), text.size() + 1);
  return COMPILED;
}
}
