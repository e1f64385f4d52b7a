// Kernels on plain pointers. They allocate nothing and keep no state. Each works on the rows or the range it is
// given, so that callers decide how work is split between threads. Images are [N, H, W, C]. Activations come as
// pointers with the type of their elements; all arithmetic is in float or wider.
#pragma once
#include "fk_attention.h"
#include "fk_elementwise.h"
#include "fk_gather.h"
#include "fk_join.h"
#include "fk_layer_norm.h"
#include "fk_norm.h"
#include "fk_optimizer.h"
#include "fk_pairs.h"
#include "fk_panels.h"
#include "fk_peak.h"
#include "fk_pooling.h"
#include "fk_product.h"
#include "fk_reference.h"
#include "fk_type.h"
#include "fk_wide.h"
#include "fk_winograd.h"
