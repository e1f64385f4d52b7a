// Parameter updates over flat ranges, in place.
#pragma once
#include <stdint.h>

// Adam with coupled L2 (torch.optim.Adam, weight_decay added to the gradient).
// correction1 = 1 - beta1^t, correction2 = 1 - beta2^t for step t, counted from 1. The betas are doubles: with the
// float nearest to 0.999 as beta2, 1 - beta2 would be off by 1.3e-5 of its value.
typedef struct {
  float learning_rate, epsilon, weight_decay;
  double beta1, beta2;
  double correction1, correction2;
} fk_adam;

void fk_adam_step(
    const fk_adam *adam, const float *gradient, float *parameter, float *first, float *second, int64_t count);

// SGD with momentum (torch.optim.SGD). `initial` marks the first step, in which the velocity becomes the gradient.
// Without momentum `velocity` is not touched.
typedef struct {
  float learning_rate, momentum, dampening, weight_decay;
  int32_t nesterov, initial;
} fk_sgd;

void fk_sgd_step(
    const fk_sgd *sgd, const float *gradient, float *parameter, float *velocity, int64_t count);
