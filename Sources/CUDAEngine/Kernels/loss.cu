// Losses of logits and targets [n, classes] in double, with their gradients. One block: LaunchShape.one.
//
// *loss is the mean over this batch. The gradient is the derivative of the mean over the samples of all ranks, times the
// step's scale; it is not written if null. flags[0] becomes 1 if a logit or the loss is NaN or infinite.

// Adds up the threads' losses and bad logits; the loss is a mean over `count`. Thread 0 writes the results.
DEVICE void finish_loss(double total, int bad, double count, double *loss, u32 *flags) {
  SHARED(double, totals, 256);
  SHARED(int, bads, 256);
  totals[threadIdx.x] = total;
  bads[threadIdx.x] = bad;
  for (int half = 128; half > 0; half /= 2) {
    __syncthreads();
    if ((int)threadIdx.x < half) {
      totals[threadIdx.x] += totals[threadIdx.x + half];
      bads[threadIdx.x] += bads[threadIdx.x + half];
    }
  }
  if (threadIdx.x != 0) return;
  const double mean = totals[0] * (1 / count);
  *loss = mean;
  if (bads[0] != 0 || !(mean - mean == 0)) flags[0] = 1;
}

// Binary cross-entropy with logits, a mean over n * classes elements; targets in 0...1.
KERNEL(loss_bce)
(const float *logits, const float *targets, float *gradient, double *loss, u32 *flags, int n, int classes,
 const step_table *step) {
  const double share = step->share / classes * step->scale;
  double total = 0;
  int bad = 0;
  for (int i = threadIdx.x; i < n * classes; i += 256) {
    const double x = logits[i], t = targets[i];
    bad += !is_finite(logits[i]);
    // max(x, 0) - x t + log(1 + exp(-|x|)) stays exact where exp(x) overflows.
    const double tail = exp(x < 0 ? x : -x);
    total += (x > 0 ? x : 0) - x * t + log1p(tail);
    const double sigmoid = x >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
    if (gradient) gradient[i] = (float)((sigmoid - t) * share);
  }
  finish_loss(total, bad, (double)n * classes, loss, flags);
}

// Cross-entropy, a mean over n samples; targets are class probabilities. A thread has whole samples.
KERNEL(loss_ce)
(const float *logits, const float *targets, float *gradient, double *loss, u32 *flags, int n, int classes,
 const step_table *step) {
  const double share = step->share * step->scale;
  double total = 0;
  int bad = 0;
  for (int row = threadIdx.x; row < n; row += 256) {
    const float *x = logits + (u64)row * classes, *t = targets + (u64)row * classes;
    double largest = x[0], sum = 0, weight = 0;
    for (int k = 0; k < classes; k++) {
      bad += !is_finite(x[k]);
      weight += t[k];
      if (x[k] > largest) largest = x[k];
    }
    // Not unrolled: several exponentials at a time would spill registers.
    UNROLL_BY(1)
    for (int k = 0; k < classes; k++) sum += exp(x[k] - largest);
    const double normaliser = largest + log(sum);
    UNROLL_BY(1)
    for (int k = 0; k < classes; k++) {
      const double probability = x[k] - normaliser;  // its logarithm
      if (t[k] != 0) total -= t[k] * probability;
      if (gradient)
        gradient[(u64)row * classes + k] = (float)((exp(probability) * weight - t[k]) * share);
    }
    if (sum != sum) total = sum;  // NaN, also where its target is 0
  }
  finish_loss(total, bad, n, loss, flags);
}
