// How fast the processor multiplies and adds at best: what kernels are measured against.
#pragma once
#include <stdint.h>

#include "fk_type.h"

// Runs `rounds` rounds of independent multiply-adds on registers, with the widest instructions that the
// processor has for factors of the type; for bfloat16 those of float if it has none. Sums are floats. Returns a
// number that follows from all of them.
float fk_peak_run(fk_type type, int64_t rounds);

// Floating-point operations of `rounds` rounds, two for each multiply-add.
double fk_peak_flops(fk_type type, int64_t rounds);

// Name of the instructions that are used.
const char *fk_peak_instructions(fk_type type);
