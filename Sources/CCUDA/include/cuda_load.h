// Loading of NVIDIA's libraries at run time. The program links to none of them.
#pragma once
#include "cuda_driver.h"
#include "cudnn_graph.h"
#include "nvrtc.h"

// Opens a library by its path or name and keeps it open. Returns null on failure; `reason` then says why.
void *fcu_open(const char *path, char *reason, size_t length);

// Fill a table with the functions of an open library. They return null, or the name of the first function that the library
// lacks; the table must not be used then.
const char *fcu_load_driver(void *library, fcu_driver *table);
const char *fcu_load_nvrtc(void *library, fcu_nvrtc *table);
const char *fcu_load_cudnn(void *library, fcu_cudnn *table);

// The path of the file that an open library was loaded from; empty where the system does not say. `function` is the name of
// one of its functions.
void fcu_path_of(void *library, const char *function, char *path, size_t length);
