// One block of a launch: its threads as fibers, its shared memory, and the rounds in which the threads run.
#pragma once
#include <memory>
#include <vector>

#include "device.h"
#include "fiber.h"
#include "registry.h"

namespace emulation {

enum class State { ready, at_barrier, at_shuffle, done };

// A thread of the block.
struct Lane {
  Fiber fiber;
  Dim3 index;
  unsigned number;
  State state;
  unsigned shuffles;  // done so far
};

class Block {
 public:
  // - order: the threads' numbers, in the order in which they get the processor.
  // - mistakes: flags of emulation.h.
  Block(
    const Kernel &kernel, const void *const *arguments, Dim3 grid, Dim3 threads, std::vector<unsigned> order, int mistakes);
  ~Block();
  // Runs the block. Returns null, or what was wrong.
  const char *run(Dim3 index);

  // Called by the running thread.
  void wait_at_barrier(int line);
  uint32_t shuffle(uint32_t mask, uint32_t value, unsigned from);
  void *shared_memory(const char *file, int line, size_t bytes);
  [[noreturn]] void fail(const char *message);
  [[noreturn]] void execute();

  unsigned lane() const { return running_->number % 32; }

 private:
  struct Warp {
    unsigned lanes = 0, waiting = 0;
    // Two sets: a lane may give its next value before the others have read the last one.
    uint32_t values[2][32] = {};
  };
  struct Shared {
    const char *file;
    int line;
    size_t bytes;
    std::unique_ptr<char[]> memory;
    char *start;
  };

  void begin(Dim3 index);
  void stop();
  bool run_round();
  const char *damage() const;

  Geometry geometry_;
  Lane *running_ = nullptr;
  const Kernel &kernel_;
  const void *const *arguments_;
  std::vector<unsigned> order_;
  int mistakes_;
  std::vector<Lane> lanes_;
  std::vector<Warp> warps_;
  std::vector<Shared> shared_;
  Fiber scheduler_;
  char *stacks_;
  size_t stack_bytes_;
  unsigned waiting_ = 0, finished_ = 0;
  int barrier_ = 0;
  const char *error_ = nullptr;
};

}  // namespace emulation
