// Attention of the pixels (tokens) of an image to each other. A thread has one token of one head, whose channels it holds
// in registers; the other side of the scores comes through shared memory, 32 tokens at a time. Scores are never stored.
//
// q, k, v and y are [n, tokens, channels]; head h has channels h * size ..< + size, at most HEAD. `factor` is
// 1 / sqrt(size). LaunchShape.heads.

enum { HEAD = 32, TOGETHER = 32 };

// The token of a thread, and where its head begins in an array.
struct head_token {
  u64 base;
  int token, size, channels;
  bool valid;
  MEMBER head_token(int tokens, int channels, int heads)
    : size(channels / heads), channels(channels) {
    token = (int)(blockIdx.x * 256 + threadIdx.x);
    valid = token < tokens;
    base = (u64)(blockIdx.y / heads) * tokens * channels + (u64)(blockIdx.y % heads) * size;
  }
  MEMBER void take(const element *from, float factor, float (&values)[HEAD]) const {
    UNROLL for (int d = 0; d < HEAD; d++)
      values[d] = valid && d < size ? factor * up(from[base + (u64)token * channels + d]) : 0;
  }
  MEMBER void give(const float (&values)[HEAD], float factor, element *to) const {
    if (!valid || !to) return;
    UNROLL for (int d = 0; d < HEAD; d++)
      if (d < size) down(factor * values[d], to[base + (u64)token * channels + d]);
  }
  // Brings the tokens from `first` on to shared memory, [TOGETHER, HEAD], with zeros around them.
  MEMBER void share(const element *from, float factor, int first, int tokens, float *shared) const {
    for (int i = threadIdx.x; i < TOGETHER * HEAD; i += 256) {
      const int other = first + i / HEAD, d = i % HEAD;
      shared[i] = other < tokens && d < size ? factor * up(from[base + (u64)other * channels + d]) : 0;
    }
  }
};

DEVICE float dot(const float (&a)[HEAD], const float *b) {
  float sum = 0;
  UNROLL for (int d = 0; d < HEAD; d++) sum += a[d] * b[d];
  return sum;
}

DEVICE void add_scaled(float (&sum)[HEAD], float factor, const float *values) {
  UNROLL for (int d = 0; d < HEAD; d++) sum[d] += factor * values[d];
}

// The largest score so far, and sums of exponentials relative to it.
struct running_softmax {
  float most, sum, product;
  MEMBER running_softmax() : most(__int_as_float((int)0xff800000)), sum(0), product(0) {}
  // Takes a larger score in; returns the factor of what was summed up before.
  MEMBER float rise(float score) {
    if (!(score > most)) return 1;
    const float factor = expf(most - score);
    most = score;
    sum *= factor;
    product *= factor;
    return factor;
  }
};

KERNEL(attention)
(const element *q, const element *k, const element *v, element *y, int tokens, int channels, int heads,
 float factor) {
  SHARED(float, keys, TOGETHER * HEAD);
  SHARED(float, values, TOGETHER * HEAD);
  const head_token own(tokens, channels, heads);
  float query[HEAD], result[HEAD] = {};
  own.take(q, factor, query);
  running_softmax softmax;
  for (int first = 0; first < tokens; first += TOGETHER) {
    __syncthreads();
    own.share(k, 1, first, tokens, keys);
    own.share(v, 1, first, tokens, values);
    __syncthreads();
    for (int j = 0; j < min(TOGETHER, tokens - first); j++) {
      const float score = dot(query, keys + j * HEAD), change = softmax.rise(score);
      if (change != 1) {
        UNROLL for (int d = 0; d < HEAD; d++) result[d] *= change;
      }
      const float weight = expf(score - softmax.most);
      softmax.sum += weight;
      add_scaled(result, weight, values + j * HEAD);
    }
  }
  own.give(result, 1 / softmax.sum, y);
}

// The gradient of the queries. For each head and token also [largest score, 1 / sum of exponentials, mean slope], which
// attention_backward_keys reads. dq may be missing (null).
KERNEL(attention_backward_queries)
(const element *dy, const element *q, const element *k, const element *v, element *dq, float *moments, int tokens,
 int channels, int heads, float factor) {
  SHARED(float, keys, TOGETHER * HEAD);
  SHARED(float, values, TOGETHER * HEAD);
  const head_token own(tokens, channels, heads);
  float query[HEAD], gradient[HEAD], sum[HEAD] = {};
  own.take(q, factor, query);
  own.take(dy, 1, gradient);
  running_softmax softmax;
  float inverse = 0, mean = 0;
  for (int stage = 0; stage < 2; stage++) {
    for (int first = 0; first < tokens; first += TOGETHER) {
      __syncthreads();
      own.share(k, 1, first, tokens, keys);
      own.share(v, 1, first, tokens, values);
      __syncthreads();
      for (int j = 0; j < min(TOGETHER, tokens - first); j++) {
        const float score = dot(query, keys + j * HEAD), slope = dot(gradient, values + j * HEAD);
        if (stage == 0) softmax.rise(score);
        const float weight = expf(score - softmax.most);
        if (stage == 0) {
          softmax.sum += weight;
          softmax.product += weight * slope;
        } else {
          add_scaled(sum, weight * inverse * (slope - mean), keys + j * HEAD);
        }
      }
    }
    inverse = 1 / softmax.sum;
    mean = softmax.product * inverse;
  }
  own.give(sum, factor, dq);
  if (!own.valid) return;
  float *to = moments + 3 * ((u64)blockIdx.y * tokens + own.token);
  to[0] = softmax.most;
  to[1] = inverse;
  to[2] = mean;
}

// The gradients of the keys and the values; each may be missing (null).
KERNEL(attention_backward_keys)
(const element *dy, const element *q, const element *k, const element *v, const float *moments, element *dk,
 element *dv, int tokens, int channels, int heads, float factor) {
  SHARED(float, queries, TOGETHER * HEAD);
  SHARED(float, gradients, TOGETHER * HEAD);
  SHARED(float, facts, TOGETHER * 3);
  const head_token own(tokens, channels, heads);
  float key[HEAD], value[HEAD], to_key[HEAD] = {}, to_value[HEAD] = {};
  own.take(k, 1, key);
  own.take(v, 1, value);
  for (int first = 0; first < tokens; first += TOGETHER) {
    const int number = min(TOGETHER, tokens - first);
    __syncthreads();
    own.share(q, factor, first, tokens, queries);
    own.share(dy, 1, first, tokens, gradients);
    if ((int)threadIdx.x < 3 * number)
      facts[threadIdx.x] = moments[3 * ((u64)blockIdx.y * tokens + first) + threadIdx.x];
    __syncthreads();
    for (int i = 0; i < number; i++) {
      const float *fact = facts + 3 * i;
      const float weight = expf(dot(key, queries + i * HEAD) - fact[0]) * fact[1];
      add_scaled(to_value, weight, gradients + i * HEAD);
      add_scaled(to_key, weight * (dot(value, gradients + i * HEAD) - fact[2]), queries + i * HEAD);
    }
  }
  own.give(to_key, 1, dk);
  own.give(to_value, 1, dv);
}
