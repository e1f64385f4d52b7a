#include <pthread.h>
#include <string.h>

#include "CChecksums.h"

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
// The factors x^2080 and x^2016 modulo the polynomial. Their products with both halves of 16 bytes move these by 2048 bits.
static uint64_t fold_low, fold_high;
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

// Returns x^power modulo the polynomial. The bits are in reverse: bit 32 holds the coefficient of x^0, and bit 1 holds that
// of x^31.
static uint64_t power_of_x(int power) {
  uint32_t rest = 0x80000000u;
  for (int i = 0; i < power; i++) rest = rest >> 1 ^ (rest & 1 ? POLYNOMIAL : 0);
  return (uint64_t)rest << 1;
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
  fold_low = power_of_x(2048 + 32);
  fold_high = power_of_x(2048 - 32);
}

static uint32_t crc32c_portable(uint32_t crc, const void *bytes, int64_t count) {
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
#include <immintrin.h>

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

// Bytes that are folded at once: four registers.
enum { FOLD = 256 };

// Folds blocks of 256 bytes into the one behind them: a block is multiplied by x^2048 modulo the polynomial and added. The
// last sum of blocks has the checksum of the bytes. See Gopal et al., "Fast CRC Computation Using PCLMULQDQ" (2009).
__attribute__((target("avx512f,vpclmulqdq,sse4.2"))) static uint32_t crc32c_folded(uint32_t crc, const void *bytes,
                                                                                  int64_t count) {
  if (count < 2 * FOLD) return crc32c_sse42(crc, bytes, count);
  pthread_once(&once, make_tables);
  const uint8_t *next = bytes;
  __m512i sums[4], powers = _mm512_broadcast_i32x4(_mm_set_epi64x((int64_t)fold_high, (int64_t)fold_low));
  for (int i = 0; i < 4; i++) sums[i] = _mm512_loadu_si512(next + 64 * i);
  sums[0] = _mm512_xor_si512(sums[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int32_t)~crc)));
  for (count -= FOLD, next += FOLD; count >= FOLD; count -= FOLD, next += FOLD) {
    for (int i = 0; i < 4; i++) {
      __m512i low = _mm512_clmulepi64_epi128(sums[i], powers, 0x00);
      __m512i high = _mm512_clmulepi64_epi128(sums[i], powers, 0x11);
      sums[i] = _mm512_ternarylogic_epi64(low, high, _mm512_loadu_si512(next + 64 * i), 0x96);
    }
  }
  uint64_t words[FOLD / 8], sum = 0;
  for (int i = 0; i < 4; i++) _mm512_storeu_si512(words + 8 * i, sums[i]);
  for (int i = 0; i < FOLD / 8; i++) sum = _mm_crc32_u64(sum, words[i]);
  return crc32c_sse42(~(uint32_t)sum, next, count);
}

int32_t fk_crc32c_best(void) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) return FK_CRC32C_FOLDED;
  return __builtin_cpu_supports("sse4.2") ? FK_CRC32C_INSTRUCTION : FK_CRC32C_PORTABLE;
}

uint32_t fk_crc32c_by(int32_t way, uint32_t crc, const void *bytes, int64_t count) {
  if (way == FK_CRC32C_FOLDED) return crc32c_folded(crc, bytes, count);
  return way == FK_CRC32C_INSTRUCTION ? crc32c_sse42(crc, bytes, count) : crc32c_portable(crc, bytes, count);
}
#else
int32_t fk_crc32c_best(void) { return FK_CRC32C_PORTABLE; }

uint32_t fk_crc32c_by(int32_t way, uint32_t crc, const void *bytes, int64_t count) {
  return crc32c_portable(crc, bytes, count);
}
#endif

uint32_t fk_crc32c(uint32_t crc, const void *bytes, int64_t count) {
  return fk_crc32c_by(fk_crc32c_best(), crc, bytes, count);
}
