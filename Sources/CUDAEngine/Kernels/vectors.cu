// Vectors of a few numbers in float32: weights of channels and of classes.

// y = factor * logistic(x). LaunchShape.elements.
KERNEL(sigmoid)(const float *x, float *y, u64 count, float factor) {
  const u64 at = (u64)blockIdx.x * 256 + threadIdx.x;
  if (at < count) y[at] = factor * logistic(x[at]);
}

// dx = factor * dy s (1 - s) with s = logistic(x). LaunchShape.elements.
KERNEL(sigmoid_backward)(const float *x, const float *dy, float *dx, u64 count, float factor) {
  const u64 at = (u64)blockIdx.x * 256 + threadIdx.x;
  if (at >= count) return;
  const float s = logistic(x[at]);
  dx[at] = factor * dy[at] * s * (1 - s);
}

// Softmax over the networks of the weights [networks, classes] of a class.
struct class_shares {
  const float *weights;
  int classes, k;
  float most, sum;
  MEMBER class_shares(const float *weights, int networks, int classes, int k)
    : weights(weights), classes(classes), k(k), most(weights[k]), sum(0) {
    for (int i = 1; i < networks; i++) most = weights[i * classes + k] > most ? weights[i * classes + k] : most;
    for (int i = 0; i < networks; i++) sum += expf(weights[i * classes + k] - most);
  }
  MEMBER float of(int network) const { return expf(weights[network * classes + k] - most) / sum; }
};

// y [n, classes] = sum over the networks of their share times x [n, networks, classes]. LaunchShape.elements of the result.
KERNEL(class_weights)(const float *x, const float *weights, float *y, int n, int networks, int classes) {
  const u64 at = (u64)blockIdx.x * 256 + threadIdx.x;
  if (at >= (u64)n * classes) return;
  int k;
  const u64 sample = divide(at, classes, k);
  const class_shares shares(weights, networks, classes, k);
  float sum = 0;
  for (int i = 0; i < networks; i++) sum += shares.of(i) * x[(sample * networks + i) * classes + k];
  y[at] = sum;
}

// LaunchShape.elements of dx [n, networks, classes].
KERNEL(class_weights_input_gradient)
(const float *dy, const float *weights, float *dx, int n, int networks, int classes) {
  const u64 at = (u64)blockIdx.x * 256 + threadIdx.x;
  if (at >= (u64)n * networks * classes) return;
  int k, network;
  const u64 sample = divide(divide(at, classes, k), networks, network);
  dx[at] = class_shares(weights, networks, classes, k).of(network) * dy[sample * classes + k];
}

// dweights = s_i (p_i - sum of s_j p_j), p_i = sum over the samples of dy times x of network i. A thread has a class:
// LaunchShape.elements of the classes.
KERNEL(class_weights_gradient)
(const float *x, const float *dy, const float *weights, float *dweights, int n, int networks, int classes) {
  const int k = (int)(blockIdx.x * 256 + threadIdx.x);
  if (k >= classes) return;
  const class_shares shares(weights, networks, classes, k);
  double mean = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < networks; i++) {
      double product = 0;
      for (int row = 0; row < n; row++)
        product += (double)dy[(u64)row * classes + k] * x[((u64)row * networks + i) * classes + k];
      if (pass == 0) mean += shares.of(i) * product;
      else dweights[i * classes + k] = (float)(shares.of(i) * (product - mean));
    }
  }
}
