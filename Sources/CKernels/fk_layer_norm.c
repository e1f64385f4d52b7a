#include "fk_layer_norm.h"

#include <math.h>

#include "fk_term_read.h"

// Mean and inverse deviation of a row.
typedef struct {
  double mean;
  float inverse;
} row_moments;

FK_INLINE row_moments moments_of(const fk_term *x, int64_t at, int32_t channels, float epsilon) {
  float part[FK_PART];
  double sum = 0, squares = 0;
  for (int32_t c = 0; c < channels; c += FK_PART) {
    const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
    fk_term_part(x, at + c, c, count, part);
    for (int32_t i = 0; i < count; i++) sum += part[i];
  }
  const double mean = sum / channels;
  for (int32_t c = 0; c < channels; c += FK_PART) {
    const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
    fk_term_part(x, at + c, c, count, part);
    for (int32_t i = 0; i < count; i++) squares += (part[i] - mean) * (part[i] - mean);
  }
  return (row_moments){mean, (float)(1 / sqrt(squares / channels + epsilon))};
}

FK_CLONES
void fk_layer_norm(
    fk_term x, int64_t rows, int32_t channels, const float *scale, const float *shift, float epsilon,
    fk_result out) {
  float part[FK_PART];
  for (int64_t r = 0; r < rows; r++) {
    const row_moments m = moments_of(&x, r * channels, channels, epsilon);
    for (int32_t c = 0; c < channels; c += FK_PART) {
      const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
      fk_term_part(&x, r * channels + c, c, count, part);
      for (int32_t i = 0; i < count; i++) {
        part[i] = (float)(part[i] - m.mean) * m.inverse * scale[c + i] + shift[c + i];
      }
      fk_write_part(out.data, out.type, r * channels + c, count, part);
    }
  }
}

FK_CLONES
void fk_layer_norm_backward(
    fk_term x, fk_term gradient, int64_t rows, int32_t channels, const float *scale, float epsilon, fk_result out,
    double *sums) {
  float part[FK_PART], g[FK_PART];
  for (int32_t c = 0; c < 2 * channels; c++) sums[c] = 0;
  for (int64_t r = 0; r < rows; r++) {
    const row_moments m = moments_of(&x, r * channels, channels, epsilon);
    double total = 0, projection = 0;
    for (int32_t c = 0; c < channels; c += FK_PART) {
      const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
      fk_term_part(&x, r * channels + c, c, count, part);
      fk_term_part(&gradient, r * channels + c, c, count, g);
      for (int32_t i = 0; i < count; i++) part[i] = (float)(part[i] - m.mean) * m.inverse;
      for (int32_t i = 0; i < count; i++) {
        sums[c + i] += (double)g[i] * part[i];
        sums[channels + c + i] += g[i];
      }
      for (int32_t i = 0; i < count; i++) {
        total += (double)g[i] * scale[c + i];
        projection += (double)g[i] * scale[c + i] * part[i];
      }
    }
    const float mean = (float)(total / channels), slope = (float)(projection / channels);
    for (int32_t c = 0; c < channels; c += FK_PART) {
      const int32_t count = channels - c < FK_PART ? channels - c : FK_PART;
      fk_term_part(&x, r * channels + c, c, count, part);
      fk_term_part(&gradient, r * channels + c, c, count, g);
      for (int32_t i = 0; i < count; i++) {
        const float normalised = (float)(part[i] - m.mean) * m.inverse;
        part[i] = m.inverse * (g[i] * scale[c + i] - mean - normalised * slope);
      }
      fk_write_part(out.data, out.type, r * channels + c, count, part);
    }
  }
}

void fk_layer_norm_merge(
    const double *parts, int64_t number, int32_t channels, float *scale, float *shift) {
  for (int32_t c = 0; c < channels; c++) {
    double sums[2] = {0, 0};
    for (int64_t p = 0; p < number; p++) {
      sums[0] += parts[(2 * p) * channels + c];
      sums[1] += parts[(2 * p + 1) * channels + c];
    }
    scale[c] = (float)sums[0];
    shift[c] = (float)sums[1];
  }
}
