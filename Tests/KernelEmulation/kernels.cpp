// The kernels without an element type.
#include "device.h"
#include "registry.h"

#include "../../Sources/CUDAEngine/Kernels/prelude.cuh"

#include "../../Sources/CUDAEngine/Kernels/channel_sums.cu"
#include "../../Sources/CUDAEngine/Kernels/linear.cu"
#include "../../Sources/CUDAEngine/Kernels/loss.cu"
#include "../../Sources/CUDAEngine/Kernels/loss_scale.cu"
#include "../../Sources/CUDAEngine/Kernels/memory.cu"
#include "../../Sources/CUDAEngine/Kernels/optimizer.cu"

REGISTER_NAME(norm_frozen)
REGISTER_NAME(bias_vectors)
REGISTER_NAME(norm_backward_finish)
REGISTER_NAME(column_sums_finish)
REGISTER_NAME(fill_u32)
REGISTER_NAME(convert_f32_bf16)
REGISTER_NAME(convert_f32_f16)
REGISTER_NAME(convert_bf16_f32)
REGISTER_NAME(convert_f16_f32)
REGISTER_NAME(checksum_u64)
REGISTER_NAME(finite_flag)
REGISTER_NAME(linear_forward)
REGISTER_NAME(linear_input_gradient)
REGISTER_NAME(linear_weight_gradient)
REGISTER_NAME(loss_bce)
REGISTER_NAME(loss_ce)
REGISTER_NAME(load_scale)
REGISTER_NAME(update_scale)
REGISTER_NAME(adam)
REGISTER_NAME(sgd)
