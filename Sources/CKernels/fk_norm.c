#include "fk_norm.h"

#include <math.h>
#include <string.h>

#include "fk_element.h"

enum { LANES = 64 };  // columns handled at a time, so that their sums stay in registers

FK_INLINE void moments_of(
    const void *x, fk_type type, int64_t rows, int64_t stride, int32_t lanes, double *moments) {
  float mean[LANES] = {0}, first[LANES] = {0}, second[LANES] = {0};
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < lanes; c++) mean[c] += fk_read(x, type, r * stride + c);
  }
  for (int32_t c = 0; c < lanes; c++) mean[c] /= (float)rows;
  for (int64_t r = 0; r < rows; r++) {
    for (int32_t c = 0; c < lanes; c++) {
      float d = fk_read(x, type, r * stride + c) - mean[c];
      first[c] += d;
      second[c] += d * d;
    }
  }
  // The sum of deviations from the rounded mean corrects the mean's rounding.
  for (int32_t c = 0; c < lanes; c++) {
    double d = first[c];
    moments[2 * c] = mean[c] + d / (double)rows;
    double squares = second[c] - d * d / (double)rows;
    moments[2 * c + 1] = squares < 0 ? 0 : squares;
  }
}

FK_INLINE void column_moments(
    const void *x, fk_type type, int64_t rows, int64_t stride, int32_t begin, int32_t end, double *moments) {
  for (int32_t c = begin; c < end; c += LANES) {
    const void *in = fk_at(x, type, c);
    if (end - c >= LANES) moments_of(in, type, rows, stride, LANES, moments + 2 * c);
    else moments_of(in, type, rows, stride, end - c, moments + 2 * c);
  }
}

FK_CLONES
void fk_column_moments(
    const void *x, fk_type type, int64_t rows, int64_t stride, int32_t begin, int32_t end, double *moments) {
  if (type == FK_BFLOAT16) column_moments(x, FK_BFLOAT16, rows, stride, begin, end, moments);
  else column_moments(x, FK_FLOAT32, rows, stride, begin, end, moments);
}

void fk_norm_merge(
    const double *moments, int64_t blocks, int64_t block_rows, int64_t rows, int32_t channels,
    int32_t begin, int32_t end, double *merged) {
  for (int32_t c = begin; c < end; c++) {
    double mean = 0, squares = 0, count = 0;
    for (int64_t b = 0; b < blocks; b++) {
      const double *block = moments + 2 * (b * channels + c);
      double n = (double)(b + 1 < blocks ? block_rows : rows - b * block_rows);
      double delta = block[0] - mean;
      mean += delta * n / (count + n);
      squares += block[1] + delta * delta * count * n / (count + n);
      count += n;
    }
    merged[2 * c] = mean;
    merged[2 * c + 1] = squares;
  }
}

void fk_norm_finish(
    const double *moments, int64_t rows, int32_t begin, int32_t end, const float *gamma, const float *beta,
    float epsilon, float momentum, const float *bias, float *running_mean, float *running_variance,
    fk_norm norm) {
  const double count = (double)rows;
  for (int32_t c = begin; c < end; c++) {
    double mean = moments[2 * c], squares = moments[2 * c + 1];
    double inverse = 1 / sqrt(squares / count + epsilon);
    norm.scale[c] = (float)(gamma[c] * inverse);
    norm.shift[c] = (float)(beta[c] - mean * gamma[c] * inverse);
    norm.mean[c] = (float)mean;
    norm.inverse[c] = (float)inverse;
    if (bias) mean += bias[c];
    running_mean[c] = (float)((1 - (double)momentum) * running_mean[c] + momentum * mean);
    // A single value has no variance: the running variance stays as it is.
    if (rows == 1) continue;
    running_variance[c] =
        (float)((1 - (double)momentum) * running_variance[c] + momentum * squares / (count - 1));
  }
}

void fk_norm_frozen(
    const float *running_mean, const float *running_variance, const float *gamma, const float *beta,
    const float *bias, float epsilon, int32_t channels, fk_norm norm) {
  for (int32_t c = 0; c < channels; c++) {
    double inverse = 1 / sqrt((double)running_variance[c] + epsilon);
    norm.scale[c] = (float)(gamma[c] * inverse);
    float mean = running_mean ? running_mean[c] : 0;
    double product = bias ? ((double)mean - bias[c]) * gamma[c] : mean * gamma[c];
    norm.shift[c] = (float)((beta ? beta[c] : 0) - product * inverse);
    norm.mean[c] = bias ? (float)((double)mean - bias[c]) : mean;
    norm.inverse[c] = (float)inverse;
  }
}

FK_INLINE void backward_sums(
    const void *g, int64_t g_pitch, const void *x, int64_t x_pitch, fk_type type, int64_t rows, int32_t lanes,
    const float *scale, const float *shift, const float *mean, const float *inverse, int relu, double *sums) {
  float first[LANES] = {0}, second[LANES] = {0};
  for (int64_t r = 0; r < rows; r++) {
    // Prefetches the next columns: rows are too far apart for the processor to do it.
    fk_fetch(g, type, r * g_pitch + LANES, LANES);
    fk_fetch(x, type, r * x_pitch + LANES, LANES);
    for (int32_t c = 0; c < lanes; c++) {
      float v = fk_read(x, type, r * x_pitch + c), d = fk_read(g, type, r * g_pitch + c);
      if (relu) d = v * scale[c] + shift[c] > 0 ? d : 0;
      first[c] += d;
      second[c] += d * (v - mean[c]);
    }
  }
  for (int32_t c = 0; c < lanes; c++) {
    sums[2 * c] = first[c];
    sums[2 * c + 1] = (double)second[c] * inverse[c];
  }
}

FK_INLINE void all_backward_sums(
    const void *g, int64_t g_pitch, const void *x, int64_t x_pitch, fk_type type, int64_t rows,
    int32_t channels, fk_norm norm, int32_t relu, double *sums) {
  for (int32_t c = 0; c < channels; c += LANES) {
    const void *gc = fk_at(g, type, c), *xc = fk_at(x, type, c);
    const float *s = norm.scale + c, *t = norm.shift + c, *m = norm.mean + c, *i = norm.inverse + c;
    double *to = sums + 2 * c;
    int32_t lanes = channels - c;
    if (lanes >= LANES) {
      if (relu) backward_sums(gc, g_pitch, xc, x_pitch, type, rows, LANES, s, t, m, i, 1, to);
      else backward_sums(gc, g_pitch, xc, x_pitch, type, rows, LANES, s, t, m, i, 0, to);
    } else {
      backward_sums(gc, g_pitch, xc, x_pitch, type, rows, lanes, s, t, m, i, relu, to);
    }
  }
}

FK_CLONES
void fk_norm_backward_sums(
    const void *g, int64_t g_pitch, const void *x, int64_t x_pitch, fk_type type, int64_t rows,
    int32_t channels, fk_norm norm, int32_t relu, double *sums) {
  if (type == FK_BFLOAT16) {
    all_backward_sums(g, g_pitch, x, x_pitch, FK_BFLOAT16, rows, channels, norm, relu, sums);
  } else {
    all_backward_sums(g, g_pitch, x, x_pitch, FK_FLOAT32, rows, channels, norm, relu, sums);
  }
}

void fk_norm_backward_merge(
    double *sums, int64_t blocks, int32_t channels, int32_t begin, int32_t end, float *gamma_gradient,
    float *beta_gradient) {
  for (int32_t c = begin; c < end; c++) {
    double first = 0, second = 0;
    for (int64_t b = 0; b < blocks; b++) {
      first += sums[2 * (b * channels + c)];
      second += sums[2 * (b * channels + c) + 1];
    }
    sums[2 * c] = first;
    sums[2 * c + 1] = second;
    beta_gradient[c] = (float)first;
    gamma_gradient[c] = (float)second;
  }
}

void fk_norm_backward_coefficients(
    const double *sums, int64_t rows, int32_t begin, int32_t end, fk_norm norm, float *slope, float *offset) {
  for (int32_t c = begin; c < end; c++) {
    double scale = norm.scale[c];
    slope[c] = (float)(-scale * norm.inverse[c] * sums[2 * c + 1] / (double)rows);
    offset[c] = (float)(-scale * sums[2 * c] / (double)rows);
  }
}

// What fk_norm_backward_apply is given.
typedef struct {
  const void *g, *x;
  void *out;
  int64_t g_pitch, x_pitch, out_pitch, rows;
  int32_t channels;
  fk_norm norm;
  const float *slope, *offset;
} apply_task;

FK_INLINE void backward_apply(const apply_task *task, fk_type type, int relu, int adds) {
  const float *scale = task->norm.scale, *shift = task->norm.shift, *mean = task->norm.mean;
  const float *slope = task->slope, *offset = task->offset;
  const void *g = task->g, *x = task->x;
  void *out = task->out;
  for (int64_t r = 0; r < task->rows; r++) {
    FK_INDEPENDENT
    for (int32_t c = 0; c < task->channels; c++) {
      float v = fk_read(x, type, c), d = fk_read(g, type, c);
      if (relu) d = v * scale[c] + shift[c] > 0 ? d : 0;
      float y = scale[c] * d + (slope[c] * (v - mean[c]) + offset[c]);
      if (adds) y += fk_read(out, type, c);
      fk_write(out, type, c, y);
    }
    g = fk_at(g, type, task->g_pitch);
    x = fk_at(x, type, task->x_pitch);
    out = fk_at_mutable(out, type, task->out_pitch);
  }
}

FK_INLINE void backward_apply_typed(const apply_task *task, fk_type type, int32_t relu, int32_t adds) {
  if (relu && adds) backward_apply(task, type, 1, 1);
  else if (relu) backward_apply(task, type, 1, 0);
  else if (adds) backward_apply(task, type, 0, 1);
  else backward_apply(task, type, 0, 0);
}

FK_CLONES
void fk_norm_backward_apply(
    const void *g, int64_t g_pitch, const void *x, int64_t x_pitch, fk_type type, int64_t rows,
    int32_t channels, fk_norm norm, int32_t relu, const float *slope, const float *offset, void *out,
    int64_t out_pitch, int32_t adds) {
  const apply_task task = {g, x, out, g_pitch, x_pitch, out_pitch, rows, channels, norm, slope, offset};
  if (type == FK_BFLOAT16) backward_apply_typed(&task, FK_BFLOAT16, relu, adds);
  else backward_apply_typed(&task, FK_FLOAT32, relu, adds);
}
