// What all C sources share: threads, the cores that they may use, the pages of memory that they touch first, and
// how one source is compiled for several instruction sets.
#pragma once
#include "fk_pages.h"
#include "fk_simd.h"
#include "fk_threads.h"
