// Exponential and logistic function of floats, for loops that the compiler turns into vectors.
#pragma once
#include "fk_simd.h"
#include "fk_type.h"

// e^x for x <= 0, off by at most 3e-7 of the result. Below -87 the result is e^-87, about 1.6e-38. NaN stays NaN.
FK_INLINE float fk_exp_of_negative(float x) {
  const float low = x < -87.0f ? -87.0f : x;
  // n = the whole number nearest to x / ln 2: adding 1.5 * 2^23 rounds.
  const float shifted = low * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  // ln 2 in two parts, so that the difference is exact.
  const float r = (low - n * 0.693145752f) - n * 1.42860677e-6f;
  float p = 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  // 2^n: n is the lowest byte of the rounded sum.
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

// 1 / (1 + e^-x), without overflow.
FK_INLINE float fk_logistic(float x) {
  const float tail = fk_exp_of_negative(x < 0 ? x : -x);
  const float small = tail / (1 + tail);
  return x < 0 ? small : 1 - small;
}
