// Memory of the simulated device, and copies.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "simulator.h"

using namespace simulated;

namespace {
const size_t page = 4096;

int allocate(size_t bytes, bool locked, char **out) {
  State &s = state();
  if (bytes == 0) return complain(INVALID, "an allocation of no bytes");
  if (!locked) {
    const bool fails = counts_to_failure(SIMULATED_ALLOCATIONS);
    if (fails || s.settings.taken + s.bytes + bytes > s.settings.memory) return OUT_OF_MEMORY;
  }
  // The driver aligns to 256 bytes. The last byte lies at most that far in front of the page that cannot be touched.
  const size_t used = (bytes + 255) / 256 * 256;
  const size_t room = (used + page - 1) / page * page + page;
  char *map = (char *)mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED || mprotect(map + room - page, page, PROT_NONE)) return OUT_OF_MEMORY;
  char *begin = map + room - page - used;
  memset(map, 0xff, room - page);
  s.allocations[begin] = {begin, map, bytes, room, true, locked};
  if (locked) s.locked += bytes;
  else s.peak = std::max(s.peak, s.bytes += bytes);
  *out = begin;
  return SUCCESS;
}

// Whether memory is from before the last reset. Objects of an earlier test may be destroyed late.
bool is_earlier_memory(const void *pointer) {
  std::lock_guard<std::recursive_mutex> guard(state().lock);
  const auto place = state().allocations.find((char *)pointer);
  return place != state().allocations.end() && place->second.earlier;
}

int release(const char *call, const void *pointer, bool locked) {
  Allocation *a = find(pointer);
  if (!a || a->begin != pointer || a->locked != locked) return complain(INVALID, "%s of what is no live allocation", call);
  if (is_queued(*a)) return complain(INVALID, "%s of memory that queued work uses", call);
  discard(*a);
  return SUCCESS;
}

int copy(const char *call, void *to, bool to_locked, const void *from, bool from_locked, size_t bytes, Stream *stream) {
  if (!inside(to, bytes, to_locked))
    return complain(INVALID, to_locked ? "%s to memory that is not locked" : "%s leaves the memory of the device", call);
  if (!inside(from, bytes, from_locked))
    return complain(INVALID, from_locked ? "%s from memory that is not locked" : "%s leaves the memory of the device", call);
  if ((char *)to < (const char *)from + bytes && (const char *)from < (char *)to + bytes)
    return complain(INVALID, "%s between places that overlap", call);
  auto work = std::make_shared<Work>();
  work->name = call;
  work->touches = {to, from};
  // What reads the memory of the machine before the copy is done reads NaN.
  if (to_locked) work->queued = [=] { memset(to, 0xff, bytes); };
  work->run = [=] { memcpy(to, from, bytes); };
  return push(call, stream, work);
}

int fill(const char *call, uint64_t to, size_t bytes, Stream *stream, std::function<void()> run) {
  if (!inside((void *)to, bytes, false)) return complain(INVALID, "%s leaves the memory of the device", call);
  auto work = std::make_shared<Work>();
  work->name = call;
  work->touches = {(void *)to};
  work->run = std::move(run);
  return push(call, stream, work);
}
}  // namespace

namespace simulated {
Allocation *find(const void *pointer) {
  auto next = state().allocations.upper_bound((char *)pointer);
  if (next == state().allocations.begin()) return nullptr;
  Allocation &a = std::prev(next)->second;
  return a.live && (char *)pointer < a.begin + a.bytes ? &a : nullptr;
}

bool inside(const void *pointer, size_t bytes, bool locked) {
  const Allocation *a = find(pointer);
  return a && a->locked == locked && bytes <= a->bytes && (char *)pointer <= a->begin + (a->bytes - bytes);
}

void discard(Allocation &a) {
  a.live = false;
  (a.locked ? state().locked : state().bytes) -= a.bytes;
  // The addresses are mapped anew, so that the system joins them with what was freed beside them: a process may have 65530
  // mappings, and a run of all tests has more allocations.
  if (mmap(a.map, a.room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) abort();
}
}  // namespace simulated

extern "C" {
int cuMemGetInfo_v2(size_t *free, size_t *total) {
  SIMULATED_CALL;
  const Settings &s = state().settings;
  *total = s.memory;
  *free = s.memory - std::min(s.memory, s.taken + state().bytes);
  return SUCCESS;
}

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  SIMULATED_CALL;
  if (int code = outside_captures(__func__)) return code;
  char *out = nullptr;
  const int code = allocate(bytes, false, &out);
  *address = (uint64_t)out;
  return code;
}

int cuMemFree_v2(uint64_t address) {
  if (is_earlier_memory((void *)address)) return SUCCESS;
  SIMULATED_CALL;
  if (int code = outside_captures(__func__)) return code;
  return release(__func__, (void *)address, false);
}

int cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
  SIMULATED_CALL;
  if (int code = outside_captures(__func__)) return code;
  if (flags) return complain(INVALID, "cuMemHostAlloc with flags");
  return allocate(bytes, true, (char **)memory);
}

int cuMemFreeHost(void *memory) {
  if (is_earlier_memory(memory)) return SUCCESS;
  SIMULATED_CALL;
  if (int code = outside_captures(__func__)) return code;
  return release(__func__, memory, true);
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, Stream *stream) {
  SIMULATED_CALL;
  return copy(__func__, (void *)to, false, from, true, bytes, stream);
}

int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, Stream *stream) {
  SIMULATED_CALL;
  return copy(__func__, to, true, (void *)from, false, bytes, stream);
}

int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, Stream *stream) {
  SIMULATED_CALL;
  return copy(__func__, (void *)to, false, (void *)from, false, bytes, stream);
}

int cuMemsetD8Async(uint64_t to, unsigned char value, size_t count, Stream *stream) {
  SIMULATED_CALL;
  return fill(__func__, to, count, stream, [=] { memset((void *)to, value, count); });
}

int cuMemsetD32Async(uint64_t to, unsigned value, size_t count, Stream *stream) {
  SIMULATED_CALL;
  if (to % 4) return complain(INVALID, "cuMemsetD32Async at an address that is not aligned");
  return fill(__func__, to, 4 * count, stream, [=] { std::fill_n((unsigned *)to, count, value); });
}
}
