#include "fk_optimizer.h"

#include <math.h>

#include "fk_simd.h"

FK_CLONES
void fk_adam_step(
    const fk_adam *a, const float *gradient, float *parameter, float *first, float *second, int64_t count) {
  const float decay = a->weight_decay, epsilon = a->epsilon;
  const float keep1 = (float)a->beta1, add1 = (float)(1 - a->beta1);
  const float keep2 = (float)a->beta2, add2 = (float)(1 - a->beta2);
  const float step = (float)(a->learning_rate / a->correction1);
  const float root = (float)sqrt(a->correction2);
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] + decay * parameter[i];
    float m = first[i] * keep1 + g * add1;
    float v = second[i] * keep2 + g * g * add2;
    first[i] = m;
    second[i] = v;
    parameter[i] -= step * m / (__builtin_elementwise_sqrt(v) / root + epsilon);
  }
}

FK_CLONES
void fk_sgd_step(
    const fk_sgd *s, const float *gradient, float *parameter, float *velocity, int64_t count) {
  const float decay = s->weight_decay, momentum = s->momentum, rate = s->learning_rate;
  const float share = s->initial ? 1 : 1 - s->dampening, keep = s->initial ? 0 : momentum;
  if (momentum == 0) {
    for (int64_t i = 0; i < count; i++) parameter[i] -= rate * (gradient[i] + decay * parameter[i]);
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] + decay * parameter[i];
    float v = keep * velocity[i] + share * g;
    velocity[i] = v;
    parameter[i] -= rate * (s->nesterov ? g + momentum * v : v);
  }
}
