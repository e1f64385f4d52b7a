#include "fk_attention.h"

#include <math.h>

#include "fk_exp.h"
#include "fk_term_read.h"

enum { TOGETHER = 4 };  // tokens whose scores are computed together

int64_t fk_attention_scratch(int64_t tokens, int32_t size) {
  return tokens * (2 * size + TOGETHER) + 2 * TOGETHER * size;
}

int64_t fk_attention_backward_scratch(int64_t tokens, int32_t size) {
  return tokens * (8 * size + 2);
}

// out [tokens, size] = the head's channels of some tokens.
FK_INLINE void take(const fk_head *h, const fk_term *t, int64_t first, int64_t count, float *out) {
  for (int64_t r = 0; r < count; r++) {
    fk_term_part(t, (first + r) * h->channels + h->begin, h->begin, h->size, out + r * h->size);
  }
}

// out [size, tokens] = in [tokens, size], transposed.
FK_INLINE void transpose(const float *in, int64_t tokens, int32_t size, float *out) {
  for (int64_t r = 0; r < tokens; r++) {
    for (int32_t d = 0; d < size; d++) out[d * tokens + r] = in[r * size + d];
  }
}

// out[t, j] = row t . column j, for rows [number, size] and columns [size, tokens].
FK_INLINE void products(
    const float *rows, int number, const float *columns, int64_t tokens, int32_t size, float *out) {
  for (int64_t i = 0; i < number * tokens; i++) out[i] = 0;
  for (int32_t d = 0; d < size; d++) {
    const float *column = columns + d * tokens;
    for (int t = 0; t < number; t++) {
      const float x = rows[t * size + d];
      float *o = out + t * tokens;
      for (int64_t j = 0; j < tokens; j++) o[j] += x * column[j];
    }
  }
}

// out[d] = sum over j of weights[j] * rows[j, d].
FK_INLINE void weighted(const float *weights, const float *rows, int64_t tokens, int32_t size, float *out) {
  for (int32_t d = 0; d < size; d++) out[d] = 0;
  for (int64_t j = 0; j < tokens; j++) {
    for (int32_t d = 0; d < size; d++) out[d] += weights[j] * rows[j * size + d];
  }
}

// Scores become weights that add up to 1.
FK_INLINE void softmax(float *scores, int64_t tokens) {
  float most = -INFINITY;
  for (int64_t j = 0; j < tokens; j++) most = scores[j] > most ? scores[j] : most;
  for (int64_t j = 0; j < tokens; j++) scores[j] = fk_exp_of_negative(scores[j] - most);
  double sum = 0;
  for (int64_t j = 0; j < tokens; j++) sum += scores[j];
  const float share = (float)(1 / sum);
  for (int64_t j = 0; j < tokens; j++) scores[j] *= share;
}

FK_INLINE void scale_by(float *values, int64_t count, float factor) {
  for (int64_t i = 0; i < count; i++) values[i] *= factor;
}

FK_CLONES
void fk_attention(const fk_head *h, int64_t first, int64_t count, float *scratch, fk_result out) {
  const int64_t tokens = h->tokens;
  const int32_t size = h->size;
  float *values = scratch, *keys = values + tokens * size, *scores = keys + tokens * size;
  float *queries = scores + TOGETHER * tokens, *result = queries + TOGETHER * size;
  take(h, &h->key, 0, tokens, values);
  transpose(values, tokens, size, keys);
  take(h, &h->value, 0, tokens, values);
  for (int64_t r = first; r < first + count; r += TOGETHER) {
    const int number = (int)(first + count - r < TOGETHER ? first + count - r : TOGETHER);
    take(h, &h->query, r, number, queries);
    scale_by(queries, number * size, 1 / sqrtf((float)size));
    products(queries, number, keys, tokens, size, scores);
    for (int t = 0; t < number; t++) {
      softmax(scores + t * tokens, tokens);
      weighted(scores + t * tokens, values, tokens, size, result);
      fk_write_part(out.data, out.type, (r + t) * h->channels + h->begin, size, result);
    }
  }
}

// sum[j, d] += weights[j] * row[d].
FK_INLINE void add_outer(const float *weights, const float *row, int64_t tokens, int32_t size, float *sum) {
  for (int64_t j = 0; j < tokens; j++) {
    for (int32_t d = 0; d < size; d++) sum[j * size + d] += weights[j] * row[d];
  }
}

FK_INLINE void write_head(const fk_head *h, const float *values, fk_result out) {
  if (!out.data) return;
  for (int64_t r = 0; r < h->tokens; r++) {
    fk_write_part(out.data, out.type, r * h->channels + h->begin, h->size, values + r * h->size);
  }
}

FK_CLONES
void fk_attention_backward(
    const fk_head *h, fk_term gradient, float *scratch, fk_result query, fk_result key, fk_result value) {
  const int64_t tokens = h->tokens;
  const int32_t size = h->size;
  const int64_t count = tokens * size;
  float *queries = scratch, *keys = queries + count, *gradients = keys + count, *columns = gradients + count;
  float *values = columns + count, *to_query = values + count, *to_key = to_query + count;
  float *to_value = to_key + count, *weights = to_value + count, *slopes = weights + tokens;
  take(h, &h->value, 0, tokens, queries);
  transpose(queries, tokens, size, values);
  take(h, &h->key, 0, tokens, keys);
  transpose(keys, tokens, size, columns);
  take(h, &h->query, 0, tokens, queries);
  take(h, &gradient, 0, tokens, gradients);
  const float factor = 1 / sqrtf((float)size);
  scale_by(queries, count, factor);
  for (int64_t i = 0; i < 2 * count; i++) to_key[i] = 0;
  for (int64_t r = 0; r < tokens; r++) {
    const float *g = gradients + r * size;
    products(queries + r * size, 1, columns, tokens, size, weights);
    softmax(weights, tokens);
    products(g, 1, values, tokens, size, slopes);
    double mean = 0;
    for (int64_t j = 0; j < tokens; j++) mean += (double)weights[j] * slopes[j];
    for (int64_t j = 0; j < tokens; j++) slopes[j] = weights[j] * (slopes[j] - (float)mean);
    weighted(slopes, keys, tokens, size, to_query + r * size);
    add_outer(slopes, queries + r * size, tokens, size, to_key);
    add_outer(weights, g, tokens, size, to_value);
  }
  scale_by(to_query, count, factor);
  write_head(h, to_query, query);
  write_head(h, to_key, key);
  write_head(h, to_value, value);
}
