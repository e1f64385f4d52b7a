#define ELEMENT f32
#include "typed_kernels.h"
