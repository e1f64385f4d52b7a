#include <pthread.h>
#include <string.h>

#include "CPacks.h"

#define POLYNOMIAL 0x82F63B78u

// slices[k][b]: the checksum of byte b and k zero bytes, without the inversions at both ends.
static uint32_t slices[8][256];
// The sums that `count` zero bytes make of each byte of a sum.
typedef struct {
  uint32_t of_byte[4][256];
} zeros;
// Bytes of a lane: three lanes are summed at once, because the instruction takes three cycles.
enum { LONG_LANE = 8192, SHORT_LANE = 256 };
static zeros long_zeros, short_zeros;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_zeros(zeros *result, int64_t count) {
  for (int byte = 0; byte < 4; byte++) {
    uint32_t of_bit[8];
    for (int bit = 0; bit < 8; bit++) {
      uint32_t sum = 1u << (8 * byte + bit);
      for (int64_t i = 0; i < count; i++) sum = slices[0][sum & 0xFF] ^ sum >> 8;
      of_bit[bit] = sum;
    }
    for (int value = 0; value < 256; value++) {
      uint32_t sum = 0;
      for (int bit = 0; bit < 8; bit++) sum ^= value >> bit & 1 ? of_bit[bit] : 0;
      result->of_byte[byte][value] = sum;
    }
  }
}

static void make_tables(void) {
  for (int value = 0; value < 256; value++) {
    uint32_t sum = (uint32_t)value;
    for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? POLYNOMIAL : 0);
    slices[0][value] = sum;
  }
  for (int value = 0; value < 256; value++)
    for (int k = 1; k < 8; k++) slices[k][value] = slices[0][slices[k - 1][value] & 0xFF] ^ slices[k - 1][value] >> 8;
  make_zeros(&long_zeros, LONG_LANE);
  make_zeros(&short_zeros, SHORT_LANE);
}

uint32_t fk_crc32c_portable(uint32_t crc, const void *bytes, int64_t count) {
  pthread_once(&once, make_tables);
  const uint8_t *next = bytes;
  uint32_t sum = ~crc;
  for (; count >= 8; count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    word ^= sum;
    sum = 0;
    for (int k = 0; k < 8; k++) sum ^= slices[7 - k][word >> (8 * k) & 0xFF];
  }
  for (; count > 0; count--) sum = slices[0][(sum ^ *next++) & 0xFF] ^ sum >> 8;
  return ~sum;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

static inline uint32_t followed_by(uint32_t sum, const zeros *table) {
  return table->of_byte[0][sum & 0xFF] ^ table->of_byte[1][sum >> 8 & 0xFF] ^
         table->of_byte[2][sum >> 16 & 0xFF] ^ table->of_byte[3][sum >> 24];
}

static inline uint64_t word_at(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, 8);
  return word;
}

// Takes in as many blocks of three lanes as there are.
__attribute__((target("sse4.2"))) static uint64_t sum_lanes(uint64_t sum, const uint8_t **bytes, int64_t *count,
                                                            int64_t lane, const zeros *table) {
  const uint8_t *next = *bytes;
  for (; *count >= 3 * lane; *count -= 3 * lane, next += 3 * lane) {
    uint64_t second = 0, third = 0;
    for (int64_t i = 0; i < lane; i += 8) {
      sum = _mm_crc32_u64(sum, word_at(next + i));
      second = _mm_crc32_u64(second, word_at(next + lane + i));
      third = _mm_crc32_u64(third, word_at(next + 2 * lane + i));
    }
    sum = followed_by((uint32_t)sum, table) ^ second;
    sum = followed_by((uint32_t)sum, table) ^ third;
  }
  *bytes = next;
  return sum;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes, int64_t count) {
  pthread_once(&once, make_tables);
  const uint8_t *next = bytes;
  uint64_t sum = (uint32_t)~crc;
  sum = sum_lanes(sum, &next, &count, LONG_LANE, &long_zeros);
  sum = sum_lanes(sum, &next, &count, SHORT_LANE, &short_zeros);
  for (; count >= 8; count -= 8, next += 8) sum = _mm_crc32_u64(sum, word_at(next));
  for (; count > 0; count--) sum = _mm_crc32_u8((uint32_t)sum, *next++);
  return ~(uint32_t)sum;
}

uint32_t fk_crc32c(uint32_t crc, const void *bytes, int64_t count) {
  return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, bytes, count)
                                          : fk_crc32c_portable(crc, bytes, count);
}
#else
uint32_t fk_crc32c(uint32_t crc, const void *bytes, int64_t count) {
  return fk_crc32c_portable(crc, bytes, count);
}
#endif
