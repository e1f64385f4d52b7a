// NVIDIA's libraries as the engine calls them.
#pragma once
#include "cuda_driver.h"
#include "cuda_load.h"
#include "cudnn_graph.h"
#include "nvrtc.h"
