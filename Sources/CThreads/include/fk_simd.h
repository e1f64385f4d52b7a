// One source, several instruction sets: the loader picks the best clone for the processor.
#pragma once

#if defined(__x86_64__) && defined(__ELF__)
#define FK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FK_CLONES
#endif

#define FK_INLINE static inline __attribute__((always_inline))

// Before a loop whose iterations touch no element of each other: it may work in place, which the compiler
// would otherwise have to take for a dependency.
#define FK_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
