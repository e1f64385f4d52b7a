// Attention of the pixels (tokens) of an image to each other. Two neighbouring threads have one token of one head, and hold
// half of its channels each in registers. The other side of the scores comes through shared memory, 32 tokens at a time.
// Scores are never stored.
//
// q, k, v and y are [n, tokens, channels]; head h has channels h * size ..< + size, at most HEAD. `factor` is
// 1 / sqrt(size). LaunchShape.heads.

enum { HEAD = 32, OWN = HEAD / 2, TOGETHER = 32 };

// The token of a thread, the first of its channels in the head, and where the head begins in an array.
struct head_token {
  u64 base;
  int token, first, size, channels;
  bool valid;
  MEMBER head_token(int tokens, int channels, int heads)
    : size(channels / heads), channels(channels) {
    token = (int)(blockIdx.x * 256 + threadIdx.x) / 2;
    first = (int)threadIdx.x % 2 * OWN;
    valid = token < tokens;
    base = (u64)(blockIdx.y / heads) * tokens * channels + (u64)(blockIdx.y % heads) * size;
  }
  MEMBER u64 place(int d) const { return base + (u64)token * channels + first + d; }
  MEMBER void take(const element *from, float factor, float (&values)[OWN]) const {
    UNROLL for (int d = 0; d < OWN; d++)
      values[d] = valid && first + d < size ? factor * up(from[place(d)]) : 0;
  }
  MEMBER void give(const float (&values)[OWN], float factor, element *to) const {
    if (!valid || !to) return;
    UNROLL for (int d = 0; d < OWN; d++)
      if (first + d < size) down(factor * values[d], to[place(d)]);
  }
  // Brings the tokens from `first` on to shared memory, [TOGETHER, HEAD], with zeros around them.
  MEMBER void share(const element *from, float factor, int start, int tokens, float *shared) const {
    for (int i = threadIdx.x; i < TOGETHER * HEAD; i += 256) {
      const int other = start + i / HEAD, d = i % HEAD;
      shared[i] = other < tokens && d < size ? factor * up(from[base + (u64)other * channels + d]) : 0;
    }
  }
};

// The product of the thread's token with a token in shared memory, from both threads of the token; `b` is at the thread's
// first channel. All lanes of a warp must call it.
DEVICE float dot(const float (&a)[OWN], const float *b) {
  float sum = 0;
  UNROLL for (int d = 0; d < OWN; d++) sum += a[d] * b[d];
  return sum + __shfl_xor_sync(0xffffffffu, sum, 1);
}

DEVICE void add_scaled(float (&sum)[OWN], float factor, const float *values) {
  UNROLL for (int d = 0; d < OWN; d++) sum[d] += factor * values[d];
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
  float query[OWN], result[OWN] = {};
  own.take(q, factor, query);
  running_softmax softmax;
  for (int first = 0; first < tokens; first += TOGETHER) {
    __syncthreads();
    own.share(k, 1, first, tokens, keys);
    own.share(v, 1, first, tokens, values);
    __syncthreads();
    for (int j = 0; j < min(TOGETHER, tokens - first); j++) {
      const float score = dot(query, keys + j * HEAD + own.first), change = softmax.rise(score);
      if (change != 1) {
        UNROLL for (int d = 0; d < OWN; d++) result[d] *= change;
      }
      const float weight = expf(score - softmax.most);
      softmax.sum += weight;
      add_scaled(result, weight, values + j * HEAD + own.first);
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
  float query[OWN], gradient[OWN], sum[OWN] = {};
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
        const float score = dot(query, keys + j * HEAD + own.first), slope = dot(gradient, values + j * HEAD + own.first);
        if (stage == 0) softmax.rise(score);
        const float weight = expf(score - softmax.most);
        if (stage == 0) {
          softmax.sum += weight;
          softmax.product += weight * slope;
        } else {
          add_scaled(sum, weight * inverse * (slope - mean), keys + j * HEAD + own.first);
        }
      }
    }
    inverse = 1 / softmax.sum;
    mean = softmax.product * inverse;
  }
  own.give(sum, factor, dq);
  if (!own.valid || own.first != 0) return;
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
  float key[OWN], value[OWN], to_key[OWN] = {}, to_value[OWN] = {};
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
      const float weight = expf(dot(key, queries + i * HEAD + own.first) - fact[0]) * fact[1];
      add_scaled(to_value, weight, gradients + i * HEAD + own.first);
      add_scaled(to_key, weight * (dot(value, gradients + i * HEAD + own.first) - fact[2]), queries + i * HEAD + own.first);
    }
  }
  own.give(to_key, 1, dk);
  own.give(to_value, 1, dv);
}
