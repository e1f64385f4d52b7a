#include "fk_join.h"

#include "fk_exp.h"
#include "fk_term_read.h"

FK_CLONES
void fk_gated_sum(
    fk_term logits, fk_term a, fk_term b, int64_t rows, int32_t channels, fk_result out) {
  float l[FK_PART], x[FK_PART], y[FK_PART];
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < channels; c += FK_PART) {
      const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
      const int64_t at = r * channels + c;
      fk_term_part(&logits, at, c, count, l);
      fk_term_part(&a, at, c, count, x);
      fk_term_part(&b, at, c, count, y);
      for (int32_t i = 0; i < count; i++) l[i] = y[i] + fk_logistic(l[i]) * (x[i] - y[i]);
      fk_write_part(out.data, out.type, at, count, l);
    }
  }
}

FK_CLONES
void fk_gated_sum_backward(
    fk_term gradient, fk_term logits, fk_term a, fk_term b, int64_t rows, int32_t channels,
    fk_result logits_gradient, fk_result a_gradient, fk_result b_gradient) {
  float g[FK_PART], l[FK_PART], x[FK_PART], y[FK_PART];
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < channels; c += FK_PART) {
      const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
      const int64_t at = r * channels + c;
      fk_term_part(&gradient, at, c, count, g);
      fk_term_part(&logits, at, c, count, l);
      fk_term_part(&a, at, c, count, x);
      fk_term_part(&b, at, c, count, y);
      for (int32_t i = 0; i < count; i++) {
        const float s = fk_logistic(l[i]), difference = x[i] - y[i];
        x[i] = g[i] * s;
        y[i] = g[i] * (1 - s);
        l[i] = x[i] * (1 - s) * difference;
      }
      if (logits_gradient.data) fk_write_part(logits_gradient.data, logits_gradient.type, at, count, l);
      if (a_gradient.data) fk_write_part(a_gradient.data, a_gradient.type, at, count, x);
      if (b_gradient.data) fk_write_part(b_gradient.data, b_gradient.type, at, count, y);
    }
  }
}

FK_CLONES
void fk_sigmoid(const float *x, int64_t count, float factor, float *out) {
  for (int64_t i = 0; i < count; i++) out[i] = factor * fk_logistic(x[i]);
}

FK_CLONES
void fk_sigmoid_backward(const float *x, const float *g, int64_t count, float factor, float *out) {
  for (int64_t i = 0; i < count; i++) {
    const float s = fk_logistic(x[i]);
    out[i] = factor * g[i] * s * (1 - s);
  }
}

FK_CLONES
void fk_scaled_sum(
    const fk_term *terms, int32_t number, const float *weights, int64_t rows, int32_t channels,
    fk_result out) {
  float sum[FK_PART], x[FK_PART];
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < channels; c += FK_PART) {
      const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
      const int64_t at = r * channels + c;
      for (int32_t i = 0; i < count; i++) sum[i] = 0;
      for (int32_t t = 0; t < number; t++) {
        const float *w = weights + (int64_t)t * channels + c;
        fk_term_part(&terms[t], at, c, count, x);
        for (int32_t i = 0; i < count; i++) sum[i] += w[i] * x[i];
      }
      fk_write_part(out.data, out.type, at, count, sum);
    }
  }
}

FK_CLONES
void fk_product_sums(
    fk_term a, fk_term b, int64_t rows, int32_t channels, int32_t begin, int32_t end, float *sums) {
  float x[FK_PART], y[FK_PART];
  double total[FK_PART];
  for (int32_t c = begin; c < end; c += FK_PART) {
    const int32_t count = end - c < FK_PART ? end - c : FK_PART;
    for (int32_t i = 0; i < count; i++) total[i] = 0;
    for (int64_t r = 0; r < rows; r++) {
      fk_term_part(&a, r * channels + c, c, count, x);
      fk_term_part(&b, r * channels + c, c, count, y);
      for (int32_t i = 0; i < count; i++) total[i] += (double)x[i] * y[i];
    }
    for (int32_t i = 0; i < count; i++) sums[c + i] = (float)total[i];
  }
}
