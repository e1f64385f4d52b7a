#pragma once
#include "fk_pool.h"
