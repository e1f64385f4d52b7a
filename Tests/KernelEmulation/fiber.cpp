#include "fiber.h"

#include <cstdint>
#include <cstring>

namespace emulation {

#ifdef EMULATION_UCONTEXT

// Seven times slower than the assembly: swapcontext asks the system for the signal mask at each switch.
void Fiber::prepare(char *stack, size_t size, void (*entry)()) {
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack;
  context_.uc_stack.ss_size = size;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
}

void Fiber::switch_to(Fiber &other) { swapcontext(&context_, &other.context_); }

#else

// Pushes the registers that a called function must keep, stores the stack pointer in *from, takes that of `to`, and
// pops its registers. The return address is the last word of what is popped.
extern "C" void emulation_switch(void **from, void *to);

#ifdef __x86_64__

enum { ENTRY = 6 * 8, FRAME = 8 * 8 };
asm(R"(
  .text
  .p2align 4
  .globl emulation_switch
  .hidden emulation_switch
  .type emulation_switch, @function
emulation_switch:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
  .size emulation_switch, . - emulation_switch
)");

#else

enum { ENTRY = 8, FRAME = 160 };
asm(R"(
  .text
  .p2align 4
  .globl emulation_switch
  .hidden emulation_switch
  .type emulation_switch, %function
emulation_switch:
  stp x29, x30, [sp, #-160]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #160
  ret
  .size emulation_switch, . - emulation_switch
)");

#endif

void Fiber::prepare(char *stack, size_t size, void (*entry)()) {
  // After the frame is popped the stack pointer is as a function expects it at its first instruction: a multiple of 16,
  // less the 8 bytes of a return address on x86-64. That address is zero, where a debugger's list of callers ends.
  char *top = reinterpret_cast<char *>(reinterpret_cast<uintptr_t>(stack + size) / 16 * 16);
  char *frame = top - FRAME;
  memset(frame, 0, FRAME);
  memcpy(frame + ENTRY, &entry, sizeof entry);
  stack_pointer_ = frame;
}

void Fiber::switch_to(Fiber &other) { emulation_switch(&stack_pointer_, other.stack_pointer_); }

#endif

}  // namespace emulation
