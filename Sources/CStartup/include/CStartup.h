// What must be done before the constructors of libraries run, in every program that links this: descriptors 0 to
// 2 are opened if they were closed, and OpenBLAS is kept from starting threads. There is nothing to call.
#pragma once
