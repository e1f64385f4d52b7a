// Stacks between which a thread of the system changes.
#pragma once
#include <cstddef>

#if !defined(__x86_64__) && !defined(__aarch64__)
#define EMULATION_UCONTEXT 1
#endif
#ifdef EMULATION_UCONTEXT
#include <ucontext.h>
#endif

namespace emulation {

// A point of execution: where it goes on when something switches to it.
class Fiber {
 public:
  // Makes the fiber begin `entry`, which never returns, on the `size` bytes of stack.
  void prepare(char *stack, size_t size, void (*entry)());
  // Leaves the running fiber in `this` and goes on with `other`.
  void switch_to(Fiber &other);

 private:
#ifdef EMULATION_UCONTEXT
  ucontext_t context_;
#else
  void *stack_pointer_ = nullptr;
#endif
};

}  // namespace emulation
