// Kernels by name.
#pragma once
#include <cstddef>
#include <type_traits>
#include <utility>

#include "emulation.h"

namespace emulation {

struct Kernel {
  emulation_kernel facts;  // first: emulation_find gives its address
  void (*call)(const void *const *arguments);
  const Kernel *next;
};

const Kernel *add_to_registry(const Kernel *kernel);

template <auto function> struct Call;
template <class... P, void (*function)(P...)> struct Call<function> {
  static constexpr size_t sizes[] = {sizeof(P)...};
  static constexpr bool is_pointer[] = {std::is_pointer_v<P>...};

  template <size_t... I> static void apply(const void *const *arguments, std::index_sequence<I...>) {
    function(*static_cast<const P *>(arguments[I])...);
  }
  static void call(const void *const *arguments) { apply(arguments, std::index_sequence_for<P...>()); }

  Kernel kernel;
  explicit Call(const char *name) : kernel{{name, sizeof...(P), sizes, is_pointer}, call, nullptr} {
    kernel.next = add_to_registry(&kernel);
  }
};

}  // namespace emulation

#define REGISTER_NAME(name) static const emulation::Call<&name> registered_##name(#name);
