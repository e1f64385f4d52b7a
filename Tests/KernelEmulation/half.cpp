#include "device.h"

namespace emulation {

// 16 bits: a sign, 5 bits of exponent (bias 15), 10 bits of fraction.
float from_half(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return __uint_as_float(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  if (magnitude < 0x400) return copysignf(static_cast<float>(magnitude) * 0x1p-24f, __uint_as_float(sign));
  return __uint_as_float(sign | ((magnitude << 13) + (112u << 23)));
}

// Rounds to nearest, ties to even.
uint16_t to_half(float value) {
  const uint32_t bits = __float_as_uint(value), magnitude = bits & 0x7fffffff;
  const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  if (magnitude > 0x7f800000) return 0x7fff;
  // 65520 lies halfway between the largest number, 65504, and the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000)
    return sign | static_cast<uint16_t>(nearbyintf(fabsf(value) * 0x1p24f));
  return sign | static_cast<uint16_t>((magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

}  // namespace emulation
