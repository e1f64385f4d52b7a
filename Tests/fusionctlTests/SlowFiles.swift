import Foundation
import TestSupport
import Testing

/// A library that lets a file server stand still: whoever opens a file with this end of its name waits ten minutes.
struct SlowFiles {
  /// For the program.
  let environment: [String: String]

  /// - Parameter rank: of several, the one whose server stands still; nil for all.
  init(_ end: String, rank: Int? = nil, in scratch: ScratchFolder) throws {
    let (source, library) = (scratch.file("slow.c"), scratch.file("slow.so"))
    let condition = rank.map { "own && !strcmp(own, \"\($0)\")" } ?? "1"
    try """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <stdarg.h>
    #include <stdlib.h>
    #include <string.h>
    #include <unistd.h>
    static void wait(const char *path) {
      const char *own = getenv("OMPI_COMM_WORLD_RANK"), *end = "\(end)";
      size_t a = strlen(path), b = strlen(end);
      (void)own;
      if (a >= b && !strcmp(path + a - b, end) && (\(condition)))
        for (unsigned left = 600; left > 0;) left = sleep(left);
    }
    #define OPEN(name) int name(const char *path, int flags, ...) { va_list list; va_start(list, flags); \\
      int mode = va_arg(list, int); va_end(list); wait(path); \\
      return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode); }
    OPEN(open)
    OPEN(open64)
    """.write(to: source, atomically: true, encoding: .utf8)
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["clang", "-shared", "-fPIC", "-o", library.path, source.path, "-ldl"]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    environment = ["LD_PRELOAD": library.path]
  }
}
