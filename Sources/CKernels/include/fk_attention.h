// Attention of the pixels of one image to each other, for one head: channels begin..<begin + size of [tokens, channels].
#pragma once
#include <stdint.h>

#include "fk_join.h"

typedef struct {
  fk_term query, key, value;  // from the first token of the image on
  int32_t tokens, channels;
  int32_t begin, size;  // channels of the head
} fk_head;

// Floats of scratch space.
int64_t fk_attention_scratch(int64_t tokens, int32_t size);
int64_t fk_attention_backward_scratch(int64_t tokens, int32_t size);

// out[first..<first + count] = softmax over the tokens of (query . key / sqrt(size)) * value. The largest score is
// subtracted before the exponential. Scores of four tokens are held at a time.
void fk_attention(const fk_head *head, int64_t first, int64_t count, float *scratch, fk_result out);

// Computes the gradients of query, key and value from the gradient of the result. It computes the scores again.
void fk_attention_backward(
    const fk_head *head, fk_term gradient, float *scratch, fk_result query, fk_result key, fk_result value);
