// cuDNN's graph API on the simulated device, for tests: one convolution a graph. It is stricter than the library: attributes have
// their type and number, descriptors are complete and do not change once they are finished, tensors are NHWC and lie wholly in one
// allocation, aligned as promised, and the result overlaps no other memory. Workspaces are NaN before and after.
//
// A convolution has up to three engines, in the order of advice: one whose sums have no fixed order, so that every second
// result has other bits; one that shortens float32 to TF32; and one that does neither, which is advised with two settings.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

enum { SIMULATED_NONDETERMINISTIC, SIMULATED_SHORTENING, SIMULATED_EXACT };

// These hold until the next reset of the device.

// The version as cudnnGetVersion reports it, 91002 (9.10.2) at first. Error codes are those of the version.
void simulated_set_cudnn_version(int version);
// The version of CUDA that it says it was built for, 0 (it does not say) at first: 12080 is 12.8.
void simulated_set_cudnn_cuda(int version);
// The engines that exist: bit i for engine i, 7 at first.
void simulated_set_cudnn_engines(int engines);
// Whether convolutions can be captured in a graph, 1 at first. If not, they are refused, and the capture is broken.
void simulated_set_cudnn_capturable(int capturable);

#ifdef __cplusplus
}
#endif
