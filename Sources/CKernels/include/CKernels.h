#pragma once
#include "fk_pool.h"
#include "fk_raster.h"
