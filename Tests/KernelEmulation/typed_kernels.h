// The kernels of one element type, ELEMENT.
#include "device.h"
#include "registry.h"

#include "../../Sources/CUDAEngine/Kernels/prelude.cuh"

#include "../../Sources/CUDAEngine/Kernels/attention.cu"
#include "../../Sources/CUDAEngine/Kernels/elementwise.cu"
#include "../../Sources/CUDAEngine/Kernels/input.cu"
#include "../../Sources/CUDAEngine/Kernels/join.cu"
#include "../../Sources/CUDAEngine/Kernels/layer_norm.cu"
#include "../../Sources/CUDAEngine/Kernels/norm_backward.cu"
#include "../../Sources/CUDAEngine/Kernels/norm_forward.cu"
#include "../../Sources/CUDAEngine/Kernels/pooling.cu"

#define REGISTER_EXPANDED(name) REGISTER_NAME(name)
#define REGISTER(name) REGISTER_EXPANDED(KERNEL_NAME(name))

REGISTER(combine)
REGISTER(add_masked)
REGISTER(column_sums)
REGISTER(copy_channels)
REGISTER(dropout)
REGISTER(normalise)
REGISTER(gated_sum)
REGISTER(gated_sum_backward)
REGISTER(scaled_sum)
REGISTER(product_sums)
REGISTER(layer_norm)
REGISTER(layer_norm_backward)
REGISTER(layer_norm_sums)
REGISTER(attention)
REGISTER(attention_backward_queries)
REGISTER(attention_backward_keys)
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
