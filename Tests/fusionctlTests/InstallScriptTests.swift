import Foundation
import TestSupport
import Testing

/// `scripts/install.sh` with a `swift` that builds nothing: the program is that of the tests.
@Suite struct InstallScriptTests {
  private let scratch: ScratchFolder
  private let script = TrainedRun.repository.appending(path: "scripts/install.sh").path

  init() throws { scratch = try ScratchFolder() }

  /// Installs into the folder `prefix`, whose files are listed on standard output.
  /// - Parameter built: the folder where the build's program lies.
  private func install(
    into prefix: String = "prefix", built: URL = BuiltProgram.url.deletingLastPathComponent(),
    _ more: String = "true", environment: [String: String] = [:]
  ) throws -> BuiltProgram.Result {
    let swift = """
      case "$*" in
        --version) echo 'Swift version 6.1.2 (swift-6.1.2-RELEASE)' ;;
        *--show-bin-path) echo '\(built.path)' ;;
        *) echo "$*" >>'\(scratch.path)/builds' ;;
      esac
      """
    let bin = try StandIns(scratch.file("bin"), ["swift": swift, "mpirun": "", "apt-get": "exit 1"])
    return try ShellRun.run(
      "cd '\(scratch.path)'; export PATH='\(bin.folder.path)':$PATH; bash '\(script)' \(prefix) && \(more)",
      environment: environment)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: scratch.file("prefix/\(path)"), encoding: .utf8)
  }

  /// A second time, over the first: files are replaced by others, none is written over, none is left behind.
  @Test func everythingLiesInItsPlace() throws {
    let list = "{ ls -A prefix; find prefix ! -type d -printf '%m %P\\n' | sort; }"
    let first = try install("{ stat -c %i prefix/bin/fusionctl >inode; \(list) >list; }")
    #expect(first.status == 0, "\(first.errors)")
    let modules = "OpenMPI/4.1.6:fusionctl:GDAL/3.6.2"
    let second = try install(
      "{ stat -c %i prefix/bin/fusionctl | cmp -s inode - && exit 9; \(list) | diff list - && cat list; }",
      environment: ["LOADEDMODULES": modules])
    #expect(second.status == 0, "\(second.errors)")
    for file in [
      "755 bin/fusionctl", "644 share/modulefiles/fusionctl", "644 share/doc/fusionctl/docs/install.md",
      "644 share/bash-completion/completions/fusionctl", "644 share/zsh/site-functions/_fusionctl",
      "644 share/fish/vendor_completions.d/fusionctl.fish", "644 share/man/man1/fusionctl.1",
    ] {
      #expect(second.output.contains("\n\(file)\n"), "\(second.output)")
    }
    #expect(second.output.contains("\nbin\nshare\n644 share/"), "what was made on the way is gone")
    let builds = try String(contentsOf: scratch.file("builds"), encoding: .utf8).split(separator: "\n")
    #expect(builds.allSatisfy { $0.contains("-c release --product fusionctl --static-swift-stdlib") })
    #expect(builds.count == 2)
    let module = try text("share/modulefiles/fusionctl")
    #expect(module.hasPrefix("#%Module1.0\n") && module.contains("prepend-path PATH {"))
    #expect(module.contains("module load {OpenMPI/4.1.6}\nmodule load {GDAL/3.6.2}\nprepend-path"))
  }

  /// What is installed works: the program starts, and bash completes its commands.
  @Test func whatIsInstalledWorks() throws {
    let complete = """
      { export PATH=$PWD/prefix/bin:$PATH; fusionctl --version
      source prefix/share/bash-completion/completions/fusionctl
      COMP_WORDS=(fusionctl comp); COMP_CWORD=1; COMP_LINE='fusionctl comp'; COMP_POINT=14
      $(complete -p fusionctl | sed -E 's/.*-F ([^ ]+).*/\\1/') fusionctl comp fusionctl; echo "${COMPREPLY[@]}"; }
      """
    let run = try install(complete)
    #expect(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.first == "installed fusionctl 0.1.0 into \(scratch.path)/prefix:", "\(run.output)")
    #expect(lines.contains("  srun -N1 fusionctl doctor        the same on a node of the cluster"))
    #expect(lines.suffix(2) == ["0.1.0", "compare"], "\(run.output)")
  }

  @Test func aPrefixThatCannotBeWrittenToIsRefusedBeforeTheBuild() throws {
    try "".write(to: scratch.file("prefix"), atomically: true, encoding: .utf8)
    let run = try install()
    #expect(run.status == 1 && run.output.isEmpty)
    #expect(
      run.errors
        == "install: prefix cannot be written to (File exists); give a folder of your own: "
        + "\(script) \"$HOME/.local\"\n")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("builds").path))
  }

  /// As where a library of the build is not found.
  @Test func aProgramThatDoesNotStartIsNotInstalled() throws {
    let built = try StandIns(
      scratch.file("built"), ["fusionctl": "echo 'libgdal.so.32: not found' >&2; exit 127"])
    let run = try install(built: built.folder)
    #expect(run.status == 1)
    #expect(
      run.errors.hasSuffix(
        "install: the program was built, but does not start: libgdal.so.32: not found\n"), "\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("prefix").path) == [])
  }
}
