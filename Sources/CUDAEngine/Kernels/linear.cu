// A linear layer in float32: x [n, inputs], w [outputs, inputs], y [n, outputs].

// A warp for each output: lane l adds inputs l, l + 32, and so on. LaunchShape.warps of n * outputs.
KERNEL(linear_forward)(const float *x, const float *w, float *y, int n, int inputs, int outputs) {
  const u64 at = (u64)blockIdx.x * 8 + threadIdx.x / 32;
  if (at >= (u64)n * outputs) return;  // whole warps
  int output;
  const u64 row = divide(at, outputs, output);
  float sum = 0;
  for (int i = threadIdx.x % 32; i < inputs; i += 32) sum += x[row * inputs + i] * w[(u64)output * inputs + i];
  sum = sum_of_warp(sum);
  if (threadIdx.x % 32 == 0) y[at] = sum;
}

// dx = dy * w. One element a thread: LaunchShape.elements of n * inputs.
KERNEL(linear_input_gradient)(const float *dy, const float *w, float *dx, int n, int inputs, int outputs) {
  const u64 at = (u64)blockIdx.x * 256 + threadIdx.x;
  if (at >= (u64)n * inputs) return;
  int input;
  const u64 row = divide(at, inputs, input);
  float sum = 0;
  for (int o = 0; o < outputs; o++) sum += dy[row * outputs + o] * w[(u64)o * inputs + input];
  dx[at] = sum;
}

// dw = transposed dy * x, overwritten. One element a thread: LaunchShape.elements of outputs * inputs.
KERNEL(linear_weight_gradient)(const float *x, const float *dy, float *dw, int n, int inputs, int outputs) {
  const u64 at = (u64)blockIdx.x * 256 + threadIdx.x;
  if (at >= (u64)outputs * inputs) return;
  int input;
  const u64 output = divide(at, inputs, input);
  float sum = 0;
  for (int row = 0; row < n; row++) sum += dy[(u64)row * outputs + output] * x[(u64)row * inputs + input];
  dw[at] = sum;
}
