// The orders in which packs store samples. No function allocates.
#pragma once
#include <stdint.h>

// HDF5's shuffle: byte k of every element, one after the other, for each k. `size`: bytes of an element.
void fk_shuffle(const void *elements, int64_t count, int32_t size, void *shuffled);
void fk_unshuffle(const void *shuffled, int64_t count, int32_t size, void *elements);

// Copies the chosen bands of `pixels` pixels that have `bands` samples of `size` bytes.
void fk_take_bands(const void *samples, int64_t pixels, int32_t bands, int32_t size, const int32_t *chosen,
                   int32_t count, void *taken);
