#define _GNU_SOURCE
#include "CStartup.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#if !defined(__GLIBC__)
#error "other C libraries run nothing before the constructors of shared libraries"
#endif

static int count;
static char **arguments;

// Room for 8192 cores.
static cpu_set_t cores[8];
// Volatile: compilers run constructors with the values that variables have at the start of the program.
static volatile int confined;

// Opens descriptors 0 to 2 if they are closed. Otherwise the next file to be opened would get such a number, and
// everything written to standard output would end up in that file.
static void open_streams(void) {
  for (int stream = 0; stream <= 2; stream++) {
    if (fcntl(stream, F_GETFD) != -1) continue;
    // The file gets the lowest free number, which is `stream`.
    if (open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY) == -1) return;
  }
}

// OpenBLAS starts a thread for each core when it is loaded, each with 128 MB of address space. The program does not use
// them: its own threads compute. Where address space or the number of threads is limited, they hang or end the process.
// OpenBLAS counts the cores that it may use, whatever OPENBLAS_NUM_THREADS says, so it is shown a single core.
static void show_one_core(void) {
  if (sched_getaffinity(0, sizeof cores, cores) != 0 || CPU_COUNT_S(sizeof cores, cores) < 2) return;
  cpu_set_t one[8];
  memset(one, 0, sizeof one);
  for (size_t core = 0; core < 8 * sizeof cores; core++) {
    if (!CPU_ISSET_S(core, sizeof cores, cores)) continue;
    CPU_SET_S(core, sizeof one, one);
    break;
  }
  confined = sched_setaffinity(0, sizeof one, one) == 0;
}

static void before_libraries(int argc, char **argv) {
  count = argc;
  arguments = argv;
  open_streams();
  show_one_core();
}

// Runs before the constructors of shared libraries, among them OpenBLAS's.
__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **) = before_libraries;

// Runs after the constructors of shared libraries, before main.
__attribute__((constructor)) static void after_libraries(void) {
  if (confined) sched_setaffinity(0, sizeof cores, cores);
}

int st_argument_count(void) { return count; }

const char *st_argument(int index) { return arguments[index]; }
