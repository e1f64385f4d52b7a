#define ELEMENT f16
#include "typed_kernels.h"
