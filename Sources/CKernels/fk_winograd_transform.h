// One-dimensional transforms of F(4, 3) on vectors of 16 channels, with the points 0, ±a, ±b, ∞ for
// a = 1/√2, b = √2. The transforms of tiles apply them to columns, then to rows.
#pragma once
#include "fk_vector.h"

#define P_A 0.70710678118654752f
#define P_B 1.41421356237309505f
#define P_A2 0.5f
#define P_B2 2.0f
#define P_A3 (P_A2 * P_A)
#define P_B3 (P_B2 * P_B)
// Lagrange denominators of ±a and ±b; the denominator of 0 is a² b² = 1.
#define L_A (1 / (2 * P_A2 * (P_A2 - P_B2)))
#define L_B (1 / (2 * P_B2 * (P_B2 - P_A2)))

// Bᵀ d: six pixels to six positions.
FK_INLINE void fk_input_6(const fk_v16 *d, fk_v16 *t) {
  t[0] = d[0] + (d[4] - (P_A2 + P_B2) * d[2]);
  const fk_v16 even_a = d[4] - P_B2 * d[2], odd_a = d[3] - P_B2 * d[1];
  t[1] = even_a + P_A * odd_a;
  t[2] = even_a - P_A * odd_a;
  const fk_v16 even_b = d[4] - P_A2 * d[2], odd_b = d[3] - P_A2 * d[1];
  t[3] = even_b + P_B * odd_b;
  t[4] = even_b - P_B * odd_b;
  t[5] = d[1] + (d[5] - (P_A2 + P_B2) * d[3]);
}

// Aᵀ m: six positions to four pixels.
FK_INLINE void fk_output_4(const fk_v16 *m, fk_v16 *y) {
  const fk_v16 sum_a = m[1] + m[2], difference_a = m[1] - m[2];
  const fk_v16 sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  y[0] = m[0] + (sum_a + sum_b);
  y[1] = P_A * difference_a + P_B * difference_b;
  y[2] = P_A2 * sum_a + P_B2 * sum_b;
  y[3] = P_A3 * difference_a + (P_B3 * difference_b + m[5]);
}

// A y: four pixels to six positions.
FK_INLINE void fk_gradient_6(const fk_v16 *y, fk_v16 *t) {
  t[0] = y[0];
  const fk_v16 even_a = y[0] + P_A2 * y[2], odd_a = P_A * y[1] + P_A3 * y[3];
  t[1] = even_a + odd_a;
  t[2] = even_a - odd_a;
  const fk_v16 even_b = y[0] + P_B2 * y[2], odd_b = P_B * y[1] + P_B3 * y[3];
  t[3] = even_b + odd_b;
  t[4] = even_b - odd_b;
  t[5] = y[3];
}

// G g: three taps to six positions.
FK_INLINE void fk_weights_6(const fk_v16 *g, fk_v16 *t) {
  t[0] = g[0];
  const fk_v16 even_a = L_A * (g[0] + P_A2 * g[2]), odd_a = (L_A * P_A) * g[1];
  t[1] = even_a + odd_a;
  t[2] = even_a - odd_a;
  const fk_v16 even_b = L_B * (g[0] + P_B2 * g[2]), odd_b = (L_B * P_B) * g[1];
  t[3] = even_b + odd_b;
  t[4] = even_b - odd_b;
  t[5] = g[2];
}

// Gᵀ u: six positions to three taps.
FK_INLINE void fk_weights_3(const fk_v16 *u, fk_v16 *w) {
  const fk_v16 sum_a = L_A * (u[1] + u[2]), difference_a = u[1] - u[2];
  const fk_v16 sum_b = L_B * (u[3] + u[4]), difference_b = u[3] - u[4];
  w[0] = u[0] + (sum_a + sum_b);
  w[1] = (L_A * P_A) * difference_a + (L_B * P_B) * difference_b;
  w[2] = P_A2 * sum_a + (P_B2 * sum_b + u[5]);
}
