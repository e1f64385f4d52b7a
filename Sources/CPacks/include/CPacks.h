// Bytes of packs: checksums, and the orders in which samples are stored. No function allocates.
#pragma once
#include <stdint.h>

// CRC-32C (Castagnoli) of bytes that follow bytes with the checksum `crc`; 0 where none come before.
uint32_t fk_crc32c(uint32_t crc, const void *bytes, int64_t count);

// Ways to compute it, the slowest first: on any processor; with the instruction of SSE 4.2; with products of polynomials
// (AVX-512 and VPCLMULQDQ). A processor has the ways up to fk_crc32c_best().
enum { FK_CRC32C_PORTABLE, FK_CRC32C_INSTRUCTION, FK_CRC32C_FOLDED };
int32_t fk_crc32c_best(void);
uint32_t fk_crc32c_by(int32_t way, uint32_t crc, const void *bytes, int64_t count);

// HDF5's shuffle: byte k of every element, one after the other, for each k. `size`: bytes of an element.
void fk_shuffle(const void *elements, int64_t count, int32_t size, void *shuffled);
void fk_unshuffle(const void *shuffled, int64_t count, int32_t size, void *elements);

// Copies the chosen bands of `pixels` pixels that have `bands` samples of `size` bytes.
void fk_take_bands(const void *samples, int64_t pixels, int32_t bands, int32_t size, const int32_t *chosen,
                   int32_t count, void *taken);
