// Optimizers over the flat array of all parameters, one launch a step. LaunchShape.pass.
//
// Nothing changes where flags[0] or step->skip is not zero. Gradients are divided by step->scale. The formulas are those
// of the CPU (fk_optimizer.c).

// The segment of element `at`: the first one that ends behind it.
DEVICE int segment_of(const segment *segments, int count, u64 at) {
  int low = 0, high = count - 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (at < segments[middle].end) high = middle;
    else low = middle + 1;
  }
  return low;
}

// The policy of each element in turn.
struct policy {
  const segment *segments;
  int at;
  segment now;
  MEMBER policy(const segment *all, int count, u64 first)
    : segments(all), at(segment_of(all, count, first)), now(all[at]) {}
  MEMBER void move_to(u64 index) {
    while (index >= now.end) now = segments[++at];
  }
};

// Adam with weight decay added to the gradient. 1 - beta comes as a double: with the float nearest to 0.999 it would be
// off by 1.3e-5 of its value.
KERNEL(adam)
(float *values, const float *gradients, float *m, float *v, u64 n, const segment *segments, int segment_count,
 const step_table *step, const u32 *flags, float epsilon, float decay, double one_minus_beta1,
 double one_minus_beta2) {
  if (flags[0] != 0 || step->skip != 0) return;
  const pass p(n);
  if (p.valid == 0) return;
  const bool wide = p.valid == 8 && aligned(values) && aligned(gradients) && aligned(m) && aligned(v);
  eight<float> w = load(values + p.at, p.valid, wide), first = load(m + p.at, p.valid, wide);
  eight<float> second = load(v + p.at, p.valid, wide);
  const eight<float> g = load(gradients + p.at, p.valid, wide);
  const float add1 = (float)one_minus_beta1, keep1 = (float)(1 - one_minus_beta1);
  const float add2 = (float)one_minus_beta2, keep2 = (float)(1 - one_minus_beta2);
  const float root = (float)sqrt(step->correction2), unscale = 1 / step->scale;
  policy follows(segments, segment_count, p.at);
  UNROLL for (int i = 0; i < 8; i++) {
    if (i >= p.valid) break;
    follows.move_to(p.at + i);
    if (follows.now.frozen) continue;
    const float rate = (float)(step->learning_rate * follows.now.rate / step->correction1);
    const float d = g.at[i] * unscale + decay * follows.now.decay * w.at[i];
    first.at[i] = first.at[i] * keep1 + d * add1;
    second.at[i] = second.at[i] * keep2 + d * d * add2;
    w.at[i] -= rate * first.at[i] / (sqrtf(second.at[i]) / root + epsilon);
  }
  store(values + p.at, w, p.valid, wide);
  store(m + p.at, first, p.valid, wide);
  store(v + p.at, second, p.valid, wide);
}

// SGD with momentum. In the first update the velocity becomes the gradient. Without momentum there is no velocity (null).
KERNEL(sgd)
(float *values, const float *gradients, float *velocity, u64 n, const segment *segments, int segment_count,
 const step_table *step, const u32 *flags, float momentum, float dampening, float decay, int nesterov) {
  if (flags[0] != 0 || step->skip != 0) return;
  const pass p(n);
  if (p.valid == 0) return;
  const float unscale = 1 / step->scale;
  const bool moves = momentum != 0;
  const bool wide =
    p.valid == 8 && aligned(values) && aligned(gradients) && (!moves || aligned(velocity));
  eight<float> w = load(values + p.at, p.valid, wide), speed = {};
  const eight<float> g = load(gradients + p.at, p.valid, wide);
  if (moves) speed = load(velocity + p.at, p.valid, wide);
  const float share = step->initial ? 1 : 1 - dampening, keep = step->initial ? 0 : momentum;
  policy follows(segments, segment_count, p.at);
  const float learning_rate = step->learning_rate;
  UNROLL for (int i = 0; i < 8; i++) {
    if (i >= p.valid) break;
    follows.move_to(p.at + i);
    if (follows.now.frozen) continue;
    const float rate = learning_rate * follows.now.rate;
    float d = g.at[i] * unscale + decay * follows.now.decay * w.at[i];
    if (moves) {
      speed.at[i] = keep * speed.at[i] + share * d;
      d = nesterov ? d + momentum * speed.at[i] : speed.at[i];
    }
    w.at[i] -= rate * d;
  }
  store(values + p.at, w, p.valid, wide);
  if (moves) store(velocity + p.at, speed, p.valid, wide);
}
