#include "block.h"

#include <sys/mman.h>

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

namespace emulation {

namespace {

// Not a power of two: the tops of all stacks would share a few lines of the caches.
constexpr size_t STACK = 32 * 1024 + 704;
// Bytes behind shared memory that must stay as they are.
constexpr size_t GUARD = 256;

thread_local Block *current = nullptr;

// The stacks of blocks that are done serve the next ones: in new memory every thread costs a page fault, and most kernels
// take less time than that.
class Stacks {
 public:
  char *take(size_t bytes) {
    const std::lock_guard<std::mutex> guard(lock_);
    for (auto &spare : spares_)
      if (spare.second == bytes) {
        char *memory = spare.first;
        std::swap(spare, spares_.back());
        spares_.pop_back();
        return memory;
      }
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) abort();
    return static_cast<char *>(memory);
  }

  void give_back(char *memory, size_t bytes) {
    const std::lock_guard<std::mutex> guard(lock_);
    if (spares_.size() < MOST) spares_.emplace_back(memory, bytes);
    else munmap(memory, bytes);
  }

 private:
  static constexpr size_t MOST = 16;
  std::mutex lock_;
  std::vector<std::pair<char *, size_t>> spares_;
};

// It is never destroyed: threads may run kernels until the process ends.
Stacks &stacks() {
  static Stacks *all = new Stacks;
  return *all;
}

void enter() { current->execute(); }

}  // namespace

__thread const Dim3 *thread_index;
__thread const Geometry *geometry;

unsigned own_lane() { return current->lane(); }
void wait_for_block(int line) { current->wait_at_barrier(line); }
uint32_t shuffle(uint32_t mask, uint32_t value, unsigned from) { return current->shuffle(mask, value, from); }
void *shared_memory(const char *file, int line, size_t bytes) {
  return current->shared_memory(file, line, bytes);
}
void fail(const char *message) { current->fail(message); }

Block::Block(
  const Kernel &kernel, const void *const *arguments, Dim3 grid, Dim3 threads, std::vector<unsigned> order, int mistakes)
  : geometry_{{}, threads, grid}, kernel_(kernel), arguments_(arguments), order_(std::move(order)), mistakes_(mistakes),
    lanes_(order_.size()), warps_((order_.size() + 31) / 32), stack_bytes_(order_.size() * STACK) {
  stacks_ = stacks().take(stack_bytes_);
}

Block::~Block() { stacks().give_back(stacks_, stack_bytes_); }

void Block::begin(Dim3 block) {
  geometry_.block = block;
  waiting_ = finished_ = 0;
  error_ = nullptr;
  for (auto &warp : warps_) warp = Warp();
  for (auto &shared : shared_) memset(shared.start, 0xff, shared.bytes + GUARD);
  const Dim3 size = geometry_.threads;
  for (unsigned i = 0; i < lanes_.size(); i++) {
    Lane &lane = lanes_[i];
    lane.number = i;
    lane.index = {i % size.x, i / size.x % size.y, i / size.x / size.y};
    lane.state = State::ready;
    lane.shuffles = 0;
    lane.fiber.prepare(stacks_ + i * STACK, STACK, enter);
    warps_[i / 32].lanes++;
  }
}

const char *Block::run(Dim3 block) {
  current = this;
  geometry = &geometry_;
  begin(block);
  while (finished_ < lanes_.size() && !error_) {
    const bool moved = run_round();
    if (!moved && !error_) error_ = "some threads wait at a barrier or a shuffle that others never reach";
  }
  if (!error_) error_ = damage();
  current = nullptr;
  return error_;
}

// Every thread that can run gets the processor once.
bool Block::run_round() {
  bool moved = false;
  for (const unsigned number : order_) {
    Lane &lane = lanes_[number];
    if (lane.state != State::ready) continue;
    moved = true;
    running_ = &lane;
    thread_index = &lane.index;
    scheduler_.switch_to(lane.fiber);
    if (error_) return true;
    if (lane.state == State::done) finished_++;
    if (waiting_ == lanes_.size()) {
      waiting_ = 0;
      for (auto &other : lanes_) other.state = State::ready;
    }
    Warp &warp = warps_[number / 32];
    if (warp.waiting == warp.lanes) {
      warp.waiting = 0;
      const unsigned first = number / 32 * 32;
      for (unsigned i = first; i < first + warp.lanes; i++) lanes_[i].state = State::ready;
    }
  }
  return moved;
}

const char *Block::damage() const {
  for (const auto &shared : shared_)
    for (size_t i = 0; i < GUARD; i++)
      if (shared.start[shared.bytes + i] != static_cast<char>(0xff)) return "a write behind shared memory";
  return nullptr;
}

// Gives the processor back to the scheduler.
void Block::stop() { running_->fiber.switch_to(scheduler_); }

void Block::execute() {
  kernel_.call(arguments_);
  running_->state = State::done;
  stop();
  abort();  // a finished thread is not run again
}

void Block::fail(const char *message) {
  error_ = message;
  stop();
  abort();  // after an error no thread is run
}

void Block::wait_at_barrier(int line) {
  if (mistakes_ & EMULATION_NO_BARRIERS) return;
  if (waiting_ > 0 && barrier_ != line) fail("threads of one block wait at different barriers");
  barrier_ = line;
  waiting_++;
  running_->state = State::at_barrier;
  stop();
}

uint32_t Block::shuffle(uint32_t mask, uint32_t value, unsigned from) {
  Warp &warp = warps_[running_->number / 32];
  if (mask != 0xffffffffu || warp.lanes != 32) fail("a shuffle of less than a whole warp");
  if (from >= 32) fail("a shuffle from a lane outside of the warp");
  if (mistakes_ & EMULATION_WRONG_LANES) from ^= 1;
  auto &values = warp.values[running_->shuffles++ % 2];
  values[running_->number % 32] = value;
  warp.waiting++;
  running_->state = State::at_shuffle;
  stop();
  return values[from];
}

void *Block::shared_memory(const char *file, int line, size_t bytes) {
  for (const auto &shared : shared_)
    if (shared.line == line && strcmp(shared.file, file) == 0) {
      if (shared.bytes != bytes) fail("shared memory of one line has two sizes");
      return shared.start;
    }
  std::unique_ptr<char[]> memory(new char[bytes + GUARD + 128]);
  char *start = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(memory.get()) + 127) / 128 * 128);
  memset(start, 0xff, bytes + GUARD);
  shared_.push_back({file, line, bytes, std::move(memory), start});
  return start;
}

}  // namespace emulation
