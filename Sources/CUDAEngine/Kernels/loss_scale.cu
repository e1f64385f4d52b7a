// The loss scale of float16, as PyTorch's GradScaler has it. Each kernel is one thread's work: LaunchShape.one.

// At the beginning of a step: the losses multiply their gradients by step->scale.
KERNEL(load_scale)(step_table *step, const loss_scale *state) {
  if (threadIdx.x == 0) step->scale = state->scale;
}

// Between the search of the gradients for numbers that are not finite, which sets step->skip, and the optimizer: counts
// the update, gives Adam its corrections for this count, and sets the scale of the next step. After a bad loss
// (flags[0]) nothing changes. SGD has betas of 0.
KERNEL(update_scale)
(step_table *step, loss_scale *state, const u32 *flags, double beta1, double beta2, u32 growth_interval) {
  if (threadIdx.x != 0 || flags[0] != 0) return;
  if (step->skip != 0) {
    state->scale *= 0.5f;
    state->good_steps = 0;
    return;
  }
  step->initial = state->updates == 0;
  const u64 update = ++state->updates;
  step->correction1 = 1 - pow(beta1, (double)update);
  step->correction2 = 1 - pow(beta2, (double)update);
  if (++state->good_steps < growth_interval) return;
  state->good_steps = 0;
  if (is_finite(state->scale * 2)) state->scale *= 2;
}
