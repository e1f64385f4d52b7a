// Which cores threads may use.
#pragma once
#include <sched.h>
#include <stdint.h>

// Room for 8192 cores; `cpu_set_t` alone has room for 1024.
typedef struct {
  cpu_set_t sets[8];
} fk_cores;

// The cores of a thread, 0 for the calling one; left empty if the system does not say.
void fk_cores_of(int32_t thread, fk_cores *cores);

// Allows a thread these cores, if there are any.
void fk_let_use(int32_t thread, const fk_cores *cores);

// Allows the calling thread one core.
void fk_keep_to_core(int32_t core);
