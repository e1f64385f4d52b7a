// Says which work touched memory that it must not touch, before the program ends of it.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "simulator.h"

using namespace simulated;

namespace {

struct sigaction before;

// The allocation in front of an address, live or not.
const Allocation *near(const char *address) {
  auto next = state().allocations.upper_bound((char *)address);
  if (next == state().allocations.begin()) return nullptr;
  const Allocation &a = std::prev(next)->second;
  return address < a.map + a.room ? &a : nullptr;
}

void on_fault(int signal, siginfo_t *information, void *) {
  const Allocation *a = near((char *)information->si_addr);
  const Work *work = current_work;
  if (a) {
    char text[256];
    const int length = snprintf(
      text, sizeof text, "simulated device: %s touches memory %s\n", work ? work->name.c_str() : "the program",
      a->live ? "behind an allocation" : "that was freed");
    if (write(STDERR_FILENO, text, (size_t)length) < 0) _exit(1);
  }
  // The access is tried again, with the handler that was there before.
  sigaction(signal, &before, nullptr);
}

__attribute__((constructor)) void install() {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &before);
}

}  // namespace
