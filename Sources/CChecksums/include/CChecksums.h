// Checksums of bytes. No function allocates.
#pragma once
#include <stdint.h>

// CRC-32C (Castagnoli) of bytes that follow bytes with the checksum `crc`; 0 where none come before.
uint32_t fk_crc32c(uint32_t crc, const void *bytes, int64_t count);

// Ways to compute it, the slowest first: on any processor; with the instruction of SSE 4.2; with products of polynomials
// (AVX-512 and VPCLMULQDQ). A processor has the ways up to fk_crc32c_best().
enum { FK_CRC32C_PORTABLE, FK_CRC32C_INSTRUCTION, FK_CRC32C_FOLDED };
int32_t fk_crc32c_best(void);
uint32_t fk_crc32c_by(int32_t way, uint32_t crc, const void *bytes, int64_t count);
