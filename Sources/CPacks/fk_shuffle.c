#include <string.h>

#include "CPacks.h"

// With the size as a constant, the compiler turns the loops into vector instructions.
#define SHUFFLE(SIZE)                                                             \
  case SIZE:                                                                      \
    for (int64_t i = 0; i < count; i++)                                           \
      for (int k = 0; k < SIZE; k++) to[k * count + i] = from[i * SIZE + k];      \
    break
#define UNSHUFFLE(SIZE)                                                           \
  case SIZE:                                                                      \
    for (int64_t i = 0; i < count; i++)                                           \
      for (int k = 0; k < SIZE; k++) to[i * SIZE + k] = from[k * count + i];      \
    break

void fk_shuffle(const void *elements, int64_t count, int32_t size, void *shuffled) {
  const uint8_t *restrict from = elements;
  uint8_t *restrict to = shuffled;
  switch (size) {
    SHUFFLE(1);
    SHUFFLE(2);
    SHUFFLE(4);
    SHUFFLE(8);
  default: __builtin_trap();
  }
}

void fk_unshuffle(const void *shuffled, int64_t count, int32_t size, void *elements) {
  const uint8_t *restrict from = shuffled;
  uint8_t *restrict to = elements;
  switch (size) {
    UNSHUFFLE(1);
    UNSHUFFLE(2);
    UNSHUFFLE(4);
    UNSHUFFLE(8);
  default: __builtin_trap();
  }
}

void fk_take_bands(const void *samples, int64_t pixels, int32_t bands, int32_t size, const int32_t *chosen,
                   int32_t count, void *taken) {
  const uint8_t *from = samples;
  uint8_t *to = taken;
  for (int64_t pixel = 0; pixel < pixels; pixel++, from += (int64_t)bands * size)
    for (int32_t k = 0; k < count; k++, to += size) memcpy(to, from + (int64_t)chosen[k] * size, (size_t)size);
}
