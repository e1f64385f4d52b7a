import Foundation
import TestSupport
import Testing

/// `scripts/setup.sh` on machines that lack something: its commands are stand-ins.
@Suite struct SetupScriptTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A pkg-config that knows some libraries, each with its version.
  private static func pkgConfig(_ versions: [String: String]) -> String {
    let known = versions.map { "\($0.key)) version=\($0.value) ;;" }.joined(separator: "\n")
    return """
      for last; do :; done
      case ${last%% *} in
        \(known)
        *)
          [ "$1" = --exists ] || echo "Package ${last%% *} was not found in the pkg-config search path." >&2
          exit 1 ;;
      esac
      case $1 in
        --modversion) echo $version ;;
        --exists) [ "$last" = "${last%% *}" ] || [ "$(printf '%s\\n' "${last##* }" $version | sort -V | head -n 1)" = "${last##* }" ] ;;
      esac
      """
  }

  private static let all = [
    "openblas": "0.3.21", "gdal": "3.6.2", "hdf5": "1.10.8", "libcrypto": "3.0.19", "libzstd": "1.5.4",
    "zlib": "1.2.13", "cairo": "1.16.0", "ompi-c": "4.1.4",
  ]
  private static let swift = "echo 'Swift version 6.1.2 (swift-6.1.2-RELEASE)'"

  /// Runs the script where nothing but the given commands and the most usual tools is on PATH.
  private func setUp(
    _ commands: [String: String], _ arguments: String = ""
  ) throws -> (status: Int32, lines: [String]) {
    let bin = try StandIns(
      scratch.file("bin"), commands,
      keeping: ["bash", "sed", "grep", "head", "sort", "dirname", "paste", "mkdir", "cat", "id", "env"])
    let script = TrainedRun.repository.appending(path: "scripts/setup.sh").path
    let run = try ShellRun.run("PATH='\(bin.folder.path)' bash '\(script)' \(arguments)")
    #expect(run.output.isEmpty)
    return (run.status, run.errors.split(separator: "\n").map(String.init))
  }

  @Test func nothingIsSaidWhereAllIsThere() throws {
    let run = try setUp(["swift": Self.swift, "pkg-config": Self.pkgConfig(Self.all), "mpirun": ""])
    #expect(run.status == 0 && run.lines.isEmpty, "\(run.lines)")
  }

  @Test func aMissingLibraryIsNamedWithTheWaysToIt() throws {
    let some = Self.all.filter { $0.key != "hdf5" }
    let run = try setUp(["swift": Self.swift, "pkg-config": Self.pkgConfig(some), "mpirun": ""])
    #expect(run.status == 1 && run.lines.count == 2, "\(run.lines)")
    #expect(
      run.lines.last
        == "  hdf5: no hdf5.pc found; load a module (module load HDF5) or set PKG_CONFIG_PATH; "
        + "on Debian: apt-get install libhdf5-dev")
  }

  @Test func allThatIsMissingIsSaidAtOnce() throws {
    let run = try setUp(["pkg-config": Self.pkgConfig(["gdal": "2.4.0"])])
    #expect(run.status == 1)
    #expect(
      run.lines.dropFirst().map { $0.prefix { $0 != ";" } } == [
        "  Swift: no swift on PATH", "  openblas: no openblas.pc found",
        "  gdal: version 2.4.0 found, 3.0 or newer is needed", "  hdf5: no hdf5.pc found",
        "  libcrypto: no libcrypto.pc found", "  libzstd: no libzstd.pc found",
        "  zlib: no zlib.pc found", "  cairo: no cairo.pc found",
        "  ompi-c: no ompi-c.pc found",
      ])
  }

  @Test func withoutPkgConfigNothingElseCanBeAsked() throws {
    let run = try setUp(["swift": Self.swift])
    #expect(run.status == 1 && run.lines.count == 2, "\(run.lines)")
    #expect(run.lines.last?.hasPrefix("  pkg-config: not on PATH, so no library can be looked for;") == true)
  }

  @Test func theLauncherOfOpenMPIIsLookedForToo() throws {
    let run = try setUp(["swift": Self.swift, "pkg-config": Self.pkgConfig(Self.all)])
    #expect(run.status == 1 && run.lines.count == 2)
    #expect(run.lines.last?.hasPrefix("  mpirun: not on PATH; load a module") == true, "\(run.lines)")
  }

  @Test func withoutMPINeitherItsLibraryNorItsLauncherIsAskedFor() throws {
    let some = Self.all.filter { $0.key != "ompi-c" }
    let run = try setUp(["swift": Self.swift, "pkg-config": Self.pkgConfig(some)], "--without-mpi")
    #expect(run.status == 0 && run.lines.isEmpty, "\(run.lines)")
  }

  @Test(arguments: [
    ("echo 'Swift version 5.10.1 (swift-5.10.1-RELEASE)'", "is version 5.10; 6.1 or newer is needed"),
    ("echo 'python-swiftclient 4.2.0'", "is not Swift's compiler"),
    ("echo 'swift: GLIBC_2.34 not found' >&2; exit 1", "does not start (swift: GLIBC_2.34 not found)"),
  ])
  func anotherSwiftIsCalledWhatItIs(swift: String, words: String) throws {
    let run = try setUp(["swift": swift, "pkg-config": Self.pkgConfig(Self.all), "mpirun": ""])
    #expect(run.status == 1 && run.lines.count == 2)
    #expect(run.lines.last?.contains(words) == true, "\(run.lines)")
  }

  /// Where apt-get works, as it does for root, it installs what is missing and no more.
  @Test func aptInstallsWhatIsMissing() throws {
    let bin = scratch.file("bin").path
    let install =
      "for last; do :; done; [ \"$1\" = update ] || { echo \"apt-get $*\" >&2; echo >'\(bin)/there'; }"
    let before = Self.pkgConfig(Self.all.filter { $0.key != "hdf5" })
    let after = Self.pkgConfig(Self.all)
    let run = try setUp([
      "swift": Self.swift, "mpirun": "", "apt-get": install, "id": "echo 0",
      "pkg-config": "if [ -e '\(bin)/there' ]; then\n\(after)\nelse\n\(before)\nfi",
    ])
    #expect(run.status == 0, "\(run.lines)")
    #expect(
      run.lines == [
        "setup: installing libhdf5-dev", "apt-get install -y -qq --no-install-recommends libhdf5-dev",
      ])
  }

  /// Without root apt-get is not run; the command is said.
  @Test func whoIsNotRootIsTold() throws {
    let run = try setUp([
      "swift": Self.swift, "mpirun": "", "apt-get": "echo started >&2", "id": "echo 1000",
      "pkg-config": Self.pkgConfig(Self.all.filter { !["openblas", "gdal"].contains($0.key) }),
    ])
    #expect(run.status == 1)
    #expect(!run.lines.contains("started"))
    #expect(
      run.lines.last == "  all at once, with root: sudo apt-get install libopenblas-dev libgdal-dev",
      "\(run.lines)")
  }

  /// HDF5 that was built by its configure has no .pc file; one is written for it, and pkg-config reads it.
  @Test func aFileForPkgConfigIsWrittenForThePrefixOfH5cc() throws {
    let prefix = scratch.file("hdf5")
    for folder in ["bin", "include", "lib"] {
      try FileManager.default.createDirectory(
        at: prefix.appending(path: folder), withIntermediateDirectories: true)
    }
    try "#define H5_VERS_MAJOR\t1\n#define H5_VERS_MINOR\t14\n#define H5_VERS_RELEASE 5 /* */\n".write(
      to: prefix.appending(path: "include/H5public.h"), atomically: true, encoding: .utf8)
    for file in ["include/hdf5.h", "lib/libhdf5.so"] {
      try "".write(to: prefix.appending(path: file), atomically: true, encoding: .utf8)
    }
    _ = try StandIns(prefix.appending(path: "bin"), ["h5cc": ""])
    let script = TrainedRun.repository.appending(path: "scripts/setup.sh").path
    let run = try ShellRun.run(
      """
      export PATH='\(prefix.path)/bin':$PATH
      bash '\(script)' --hdf5-pc pc && export PKG_CONFIG_PATH=pc && pkg-config --modversion hdf5 &&
        pkg-config --cflags --libs hdf5
      """)
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("setup: wrote pc/hdf5.pc for HDF5 1.14.5 in \(prefix.path);") == true)
    #expect(lines.dropFirst().first == "1.14.5", "\(run.output)")
    let flags = lines.last?.trimmingCharacters(in: .whitespaces)
    #expect(flags == "-I\(prefix.path)/include -L\(prefix.path)/lib -lhdf5", "\(run.output)")
  }
}
