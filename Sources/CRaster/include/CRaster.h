// Samples of rasters: normalised into the rows of a batch, searched for missing ones, summed for statistics. No
// function allocates or keeps state; callers decide how work is split between threads.
#pragma once
#include "fk_raster.h"
