// How fast the processor multiplies and adds at best: what kernels are measured against.
#pragma once
#include <stdint.h>

// Runs `rounds` rounds of independent multiply-adds on registers, with the widest instructions that the
// processor has. Returns a number that follows from all of them.
float fk_peak_run(int64_t rounds);

// Floating-point operations of so many rounds, two for each multiply-add.
double fk_peak_flops(int64_t rounds);

// Name of the instructions that are used.
const char *fk_peak_instructions(void);

// The same for products of pairs of bfloat16 with sums in float; only where fk_has_bf16.
float fk_peak_run_bf16(int64_t rounds);
double fk_peak_flops_bf16(int64_t rounds);
