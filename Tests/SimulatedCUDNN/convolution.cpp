// Convolutions of the simulated cuDNN, in plain loops.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "descriptor.h"

namespace simulated_cudnn {
namespace {

double load(const char *p, int type) {
  float value;
  if (type == FLOAT32) {
    memcpy(&value, p, 4);
  } else if (type == BFLOAT16) {
    uint16_t bits;
    memcpy(&bits, p, 2);
    const uint32_t wide = (uint32_t)bits << 16;
    memcpy(&value, &wide, 4);
  } else {
    _Float16 half;
    memcpy(&half, p, 2);
    value = (float)half;
  }
  return value;
}

void store(char *p, int type, double value) {
  const float single = (float)value;
  if (type == FLOAT32) {
    memcpy(p, &single, 4);
  } else if (type == BFLOAT16) {
    uint32_t bits;
    memcpy(&bits, &single, 4);
    const uint16_t rounded = std::isnan(single) ? 0x7fff : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    memcpy(p, &rounded, 2);
  } else {
    const _Float16 half = (_Float16)single;
    memcpy(p, &half, 2);
  }
}

// A number with the 10 bits of TF32 behind its point.
double shortened(double value) {
  float single = (float)value;
  uint32_t bits;
  memcpy(&bits, &single, 4);
  if (std::isfinite(single)) bits = (bits + 0x1000) & 0xffffe000u;
  memcpy(&single, &bits, 4);
  return single;
}

std::vector<double> numbers(const char *p, const Tensor &tensor, bool shortens) {
  std::vector<double> values(tensor.count());
  if (tensor.type == FLOAT32 && !shortens) {
    std::copy_n((const float *)p, values.size(), values.begin());
    return values;
  }
  const int size = tensor.type == FLOAT32 ? 4 : 2;
  for (size_t i = 0; i < values.size(); i++) values[i] = load(p + i * size, tensor.type);
  if (shortens)
    for (double &value : values) value = shortened(value);
  return values;
}

// sums[p][j] += factors[p][k] * rows[k][j] over all k, for N places p.
template <int N>
__attribute__((always_inline)) inline void add_to(
  double *const *sums, int64_t length, const double *const *factors, const double *const *rows, size_t count) {
  const int64_t chunk = 8;
  int64_t j = 0;
  for (; j + chunk <= length; j += chunk) {
    double own[N][chunk];
    for (int p = 0; p < N; p++)
      for (int i = 0; i < chunk; i++) own[p][i] = sums[p][j + i];
    for (size_t k = 0; k < count; k++)
      for (int p = 0; p < N; p++)
        for (int i = 0; i < chunk; i++) own[p][i] += factors[p][k] * rows[k][j + i];
    for (int p = 0; p < N; p++)
      for (int i = 0; i < chunk; i++) sums[p][j + i] = own[p][i];
  }
  for (; j < length; j++)
    for (int p = 0; p < N; p++)
      for (size_t k = 0; k < count; k++) sums[p][j] += factors[p][k] * rows[k][j];
}

// Places that are computed at once: rows are read once for all of them.
constexpr size_t group = 4;

// The same for any number of places, each of which has its own sums.
#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("arch=x86-64-v3", "default")))
#endif
void add_products(
  const std::vector<double *> &sums, int64_t length, const std::vector<const double *> &factors,
  const std::vector<const double *> &rows) {
  size_t p = 0;
  for (; p + group <= sums.size(); p += group) add_to<group>(&sums[p], length, &factors[p], rows.data(), rows.size());
  for (; p < sums.size(); p++) add_to<1>(&sums[p], length, &factors[p], rows.data(), rows.size());
}

// A pixel of y and one of x that a tap of the window joins.
struct Pair {
  int64_t y, x;
};

// The pairs of a tap in images `first` to `last`.
std::vector<Pair> pairs(const Pass &pass, int64_t tap, int64_t first, int64_t last) {
  const int64_t r = tap / pass.w.w, s = tap % pass.w.w;
  std::vector<Pair> pairs;
  for (int64_t n = first; n < last; n++)
    for (int64_t p = 0; p < pass.y.h; p++) {
      const int64_t h = p * pass.vertical.stride - pass.vertical.before + r * pass.vertical.dilation;
      if (h < 0 || h >= pass.x.h) continue;
      for (int64_t q = 0; q < pass.y.w; q++) {
        const int64_t w = q * pass.horizontal.stride - pass.horizontal.before + s * pass.horizontal.dilation;
        if (w < 0 || w >= pass.x.w) continue;
        pairs.push_back({(n * pass.y.h + p) * pass.y.w + q, (n * pass.x.h + h) * pass.x.w + w});
      }
    }
  return pairs;
}

// Calls body(first, last) for two halves of a range, on two threads where the work is worth it.
template <class Body> void halves(int64_t count, double operations, Body body) {
  if (operations < 1e6) return body(0, count);
  std::thread other([&] { body(count / 2, count); });
  body(0, count / 2);
  other.join();
}

// Forward: y += weights x, with weights as [tap, input, output]. Input gradient: x += weights y, with weights as
// [tap, output, input].
void add_images(const Pass &pass, const std::vector<double> &from, const std::vector<double> &weights, std::vector<double> &sums) {
  const bool forward = pass.kind == FORWARD;
  const int64_t inner = forward ? pass.x.c : pass.y.c, outer = forward ? pass.y.c : pass.x.c, taps = pass.w.h * pass.w.w;
  halves(pass.x.n, 2.0 * pass.y.count() * pass.x.c * taps, [&](int64_t first, int64_t last) {
    std::vector<const double *> rows(inner);
    for (int64_t tap = 0; tap < taps; tap++) {
      for (int64_t i = 0; i < inner; i++) rows[i] = &weights[(tap * inner + i) * outer];
      std::vector<double *> to;
      std::vector<const double *> factors;
      for (const Pair &pair : pairs(pass, tap, first, last)) {
        to.push_back(&sums[(forward ? pair.y : pair.x) * outer]);
        factors.push_back(&from[(forward ? pair.x : pair.y) * inner]);
      }
      add_products(to, outer, factors, rows);
    }
  });
}

// Weight gradient: weights [output, tap, input] += y x.
void add_weights(const Pass &pass, const std::vector<double> &x, const std::vector<double> &y, std::vector<double> &sums) {
  const int64_t inputs = pass.x.c, outputs = pass.y.c, taps = pass.w.h * pass.w.w;
  halves(outputs, 2.0 * pass.y.count() * inputs * taps, [&](int64_t first, int64_t last) {
    for (int64_t tap = 0; tap < taps; tap++) {
      const auto all = pairs(pass, tap, 0, pass.x.n);
      std::vector<const double *> rows;
      for (const Pair &pair : all) rows.push_back(&x[pair.x * inputs]);
      // The numbers of y of a group of outputs, one output after the other.
      std::vector<double> gathered(group * all.size());
      for (int64_t o = first; o < last; o += group) {
        std::vector<double *> to;
        std::vector<const double *> factors;
        for (int64_t i = o; i < std::min<int64_t>(o + group, last); i++) {
          double *own = &gathered[(i - o) * all.size()];
          for (size_t k = 0; k < all.size(); k++) own[k] = y[all[k].y * outputs + i];
          to.push_back(&sums[(i * taps + tap) * inputs]);
          factors.push_back(own);
        }
        add_products(to, inputs, factors, rows);
      }
    }
  });
}

// Weights [output, tap, input] with the inputs or the outputs last.
std::vector<double> arranged(const std::vector<double> &weights, const Pass &pass, bool outputs_last) {
  const int64_t inputs = pass.w.c, outputs = pass.w.n, taps = pass.w.h * pass.w.w;
  std::vector<double> result(weights.size());
  if (outputs_last) {
    // A few inputs at a time, so that both sides are read and written in lines of the cache.
    for (int64_t t = 0; t < taps; t++)
      for (int64_t first = 0; first < inputs; first += 8)
        for (int64_t o = 0; o < outputs; o++)
          for (int64_t i = first; i < std::min(first + 8, inputs); i++)
            result[(t * inputs + i) * outputs + o] = weights[(o * taps + t) * inputs + i];
  } else {
    for (int64_t o = 0; o < outputs; o++)
      for (int64_t t = 0; t < taps; t++)
        std::copy_n(&weights[(o * taps + t) * inputs], inputs, &result[(t * outputs + o) * inputs]);
  }
  return result;
}

}  // namespace

void compute(const Pass &pass, int engine, const char *x, const char *w, const char *y, char *out) {
  const Tensor &target = pass.target();
  const bool shortens = engine == SIMULATED_SHORTENING && target.type == FLOAT32;
  std::vector<double> sums(target.count(), 0);
  switch (pass.kind) {
    case FORWARD: add_images(pass, numbers(x, pass.x, shortens), arranged(numbers(w, pass.w, shortens), pass, true), sums); break;
    case INPUT_GRADIENT:
      add_images(pass, numbers(y, pass.y, shortens), arranged(numbers(w, pass.w, shortens), pass, false), sums);
      break;
    default: add_weights(pass, numbers(x, pass.x, shortens), numbers(y, pass.y, shortens), sums);
  }
  const int size = target.type == FLOAT32 ? 4 : 2;
  for (size_t i = 0; i < sums.size(); i++) {
    const double before = pass.beta == 0 ? 0 : pass.beta * load(out + i * size, target.type);
    store(out + i * size, target.type, pass.alpha * sums[i] + before);
  }
  static std::atomic<int> runs{0};
  if (engine == SIMULATED_NONDETERMINISTIC && runs++ % 2)
    for (size_t i = 0; i < sums.size(); i++) out[i * size] ^= 1;
}

}  // namespace simulated_cudnn
