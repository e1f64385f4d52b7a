#define ELEMENT bf16
#include "typed_kernels.h"
