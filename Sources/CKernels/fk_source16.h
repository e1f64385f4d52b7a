// Reads a source 16 channels at a time.
#pragma once
#include <stddef.h>

#include "fk_gather.h"
#include "fk_vector.h"

// The map of 16 channels.
typedef struct {
  fk_v16 scale, shift;
  int is_affine, relu;
} fk_map16;

FK_INLINE void fk_map16_of(const fk_source *s, int32_t channel, fk_map16 *map) {
  map->is_affine = s->scale != NULL;
  map->relu = s->relu;
  if (map->is_affine) {
    map->scale = FK_LOAD(s->scale + channel);
    map->shift = FK_LOAD(s->shift + channel);
  }
}

// Reads elements at..<at + 16, mapped.
FK_INLINE void fk_read16(const void *data, fk_type type, int64_t at, const fk_map16 *map, fk_v16 *v) {
  fk_load16(data, type, at, v);
  if (map->is_affine) {
    *v = *v * map->scale + map->shift;
    if (map->relu) *v = (fk_v16)((fk_mask16)*v & ~(*v < 0.0f));
  }
}
