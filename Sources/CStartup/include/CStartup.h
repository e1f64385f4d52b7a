// What must be done before the constructors of libraries run, in every program that links this: descriptors 0 to
// 2 are opened if they were closed, and OpenBLAS is kept from starting threads. For that there is nothing to call.
#pragma once

// The command line as the system gave it to the program; Swift reads it from /proc, which may be absent.
int st_argument_count(void);
const char *st_argument(int index);
