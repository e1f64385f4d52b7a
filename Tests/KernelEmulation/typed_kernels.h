// The kernels of one element type, ELEMENT.
#include "device.h"
#include "registry.h"

#include "../../Sources/CUDAEngine/Kernels/prelude.cuh"

#include "../../Sources/CUDAEngine/Kernels/elementwise.cu"
#include "../../Sources/CUDAEngine/Kernels/input.cu"
#include "../../Sources/CUDAEngine/Kernels/norm_backward.cu"
#include "../../Sources/CUDAEngine/Kernels/norm_forward.cu"
#include "../../Sources/CUDAEngine/Kernels/pooling.cu"

#define REGISTER_EXPANDED(name) REGISTER_NAME(name)
#define REGISTER(name) REGISTER_EXPANDED(KERNEL_NAME(name))

REGISTER(combine)
REGISTER(add_masked)
REGISTER(relu_mask)
REGISTER(column_sums)
REGISTER(copy_channels)
REGISTER(dropout)
REGISTER(normalise)
REGISTER(norm_moments)
REGISTER(norm_finish)
REGISTER(norm_apply)
REGISTER(norm_backward_sums)
REGISTER(norm_backward_apply)
REGISTER(max_pool)
REGISTER(max_pool_backward)
REGISTER(average_pool)
REGISTER(average_pool_backward)
REGISTER(grid_mean)
REGISTER(grid_mean_backward)
REGISTER(global_average)
REGISTER(global_average_backward)
