#define _GNU_SOURCE
#include "fk_cores.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "fk_threads.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static fk_cores mask;  // cores of the process, before any thread was pinned

static void read_mask(void) {
  fk_cores_of(0, &mask);
  if (CPU_COUNT_S(sizeof mask, mask.sets) > 0) return;
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  for (long core = 0; core < (online > 0 ? online : 1); core++) CPU_SET_S((size_t)core, sizeof mask, mask.sets);
}

void fk_cores_of(int32_t thread, fk_cores *cores) {
  memset(cores, 0, sizeof *cores);
  if (sched_getaffinity(thread, sizeof *cores, cores->sets) != 0) memset(cores, 0, sizeof *cores);
}

void fk_let_use(int32_t thread, const fk_cores *cores) {
  if (CPU_COUNT_S(sizeof *cores, cores->sets) > 0) sched_setaffinity(thread, sizeof *cores, cores->sets);
}

int32_t fk_mask_cores(void) {
  pthread_once(&once, read_mask);
  return CPU_COUNT_S(sizeof mask, mask.sets);
}

int32_t fk_core(int32_t index) {
  fk_mask_cores();
  int32_t core = 0;
  while (!CPU_ISSET_S((size_t)core, sizeof mask, mask.sets) || index-- > 0) core++;
  return core;
}

void fk_keep_to_core(int32_t core) {
  fk_cores one;
  memset(&one, 0, sizeof one);
  CPU_SET_S((size_t)core, sizeof one, one.sets);
  fk_let_use(0, &one);
}

void fk_confine(const int32_t *cores, int32_t count) {
  fk_mask_cores();
  memset(&mask, 0, sizeof mask);
  for (int32_t i = 0; i < count; i++) CPU_SET_S((size_t)cores[i], sizeof mask, mask.sets);
  fk_let_use(0, &mask);
}

void fk_use_mask(void) {
  fk_mask_cores();
  fk_let_use(0, &mask);
}

int32_t fk_thread_cores(void) {
  fk_cores cores;
  fk_cores_of(0, &cores);
  return CPU_COUNT_S(sizeof cores, cores.sets);
}
