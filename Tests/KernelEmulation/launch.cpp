#include <atomic>
#include <numeric>
#include <thread>

#include "block.h"

namespace emulation {

namespace {

const Kernel *first = nullptr;

// A permutation that visits neighbours far apart: multiples of a number without a common divisor with `count`.
uint64_t shuffled(uint64_t i, uint64_t count) {
  uint64_t step = count * 618 / 1000 + 1;
  while (std::gcd(step, count) != 1) step++;
  return i * step % count;
}

uint64_t place(uint64_t i, uint64_t count, int order) {
  switch (order) {
    case EMULATION_REVERSE: return count - 1 - i;
    case EMULATION_SHUFFLED: return shuffled(i, count);
    default: return i;
  }
}

}  // namespace

const Kernel *add_to_registry(const Kernel *kernel) {
  const Kernel *next = first;
  first = kernel;
  return next;
}

}  // namespace emulation

using namespace emulation;

const emulation_kernel *emulation_find(const char *name) {
  for (const Kernel *kernel = first; kernel; kernel = kernel->next)
    if (strcmp(kernel->facts.name, name) == 0) return &kernel->facts;
  return nullptr;
}

const char *emulation_launch(
  const emulation_kernel *kernel, emulation_size grid, emulation_size threads, const void *const *arguments,
  int32_t order_and_mistakes, int32_t processors) {
  const int mistakes = order_and_mistakes & (EMULATION_NO_BARRIERS | EMULATION_WRONG_LANES);
  const int order = order_and_mistakes - mistakes;
  const uint64_t lanes = static_cast<uint64_t>(threads.x) * threads.y * threads.z;
  if (lanes == 0 || lanes > 1024 || threads.x > 1024 || threads.y > 1024 || threads.z > 64)
    return "a block has 1 to 1024 threads";
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return "a grid has a block at least";
  if (grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535) return "a grid has at most 65535 blocks in y and z";
  const uint64_t blocks = static_cast<uint64_t>(grid.x) * grid.y * grid.z;
  std::atomic<uint64_t> next{0};
  std::atomic<const char *> error{nullptr};
  auto work = [&] {
    std::vector<unsigned> lane_order(lanes);
    for (uint64_t i = 0; i < lanes; i++) lane_order[i] = static_cast<unsigned>(place(i, lanes, order));
    Block block(
      *reinterpret_cast<const Kernel *>(kernel), arguments, {grid.x, grid.y, grid.z},
      {threads.x, threads.y, threads.z}, std::move(lane_order), mistakes);
    for (uint64_t i = next++; i < blocks && !error; i = next++) {
      const uint64_t at = place(i, blocks, order);
      const Dim3 index = {
        static_cast<uint32_t>(at % grid.x), static_cast<uint32_t>(at / grid.x % grid.y),
        static_cast<uint32_t>(at / grid.x / grid.y)};
      if (const char *message = block.run(index)) error = message;
    }
  };
  std::vector<std::thread> pool;
  for (int32_t i = 1; i < processors && static_cast<uint64_t>(i) < blocks; i++) pool.emplace_back(work);
  work();
  for (auto &thread : pool) thread.join();
  return error;
}
