// swift-tools-version: 6.1
import PackageDescription

// Kernels are compiled with optimisation in debug builds too, so that tests of whole networks stay fast. SwiftPM
// refuses a package with such a flag where another package depends on a version of it. It then builds the package
// in a folder `checkouts`, and there the flag is left out.
let isDependency = Context.packageDirectory.split(separator: "/").dropLast().last == "checkouts"
let kernelSettings: [CSetting] = isDependency ? [] : [.unsafeFlags(["-O2"], .when(configuration: .debug))]

// Links to configs/: `--config middle` finds what lies there.
let shippedConfigurations =
  ["quick"]
  + ["", "paper-", "demo-"].flatMap { folder in
    ["s1", "s2", "early", "middle", "late"].map { folder + $0 }
  }

let package = Package(
  name: "fusionctl",
  products: [
    .executable(name: "fusionctl", targets: ["fusionctl"]),
    // Libraries, each named as the module it lets a package import (docs/library.md).
    // Training: trained networks on arrays (Classifier); experiments, training, evaluation and their reports.
    .library(name: "Training", targets: ["Training"]),
    // Networks: graphs of operations, their derivatives, and the engine that runs them on CPUs.
    .library(name: "Networks", targets: ["Networks"]),
    // SEN12MS: patches, labels and splits of the data set, read in batches.
    .library(name: "SEN12MS", targets: ["SEN12MS"]),
    // Tensors: what all have in common: arrays, aligned memory, threads, and errors with text (InputError).
    .library(name: "Tensors", targets: ["Tensors"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Training on several nodes over MPI."),
    .default(enabledTraits: ["MPI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CGDAL", pkgConfig: "gdal", providers: [.apt(["libgdal-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),

    // The engine.
    .target(name: "CKernels", cSettings: kernelSettings),
    // For the program alone: it stands before the allocator of the C library.
    .target(name: "CAllocations"),
    // For the program alone, too: what must be done before the constructors of libraries.
    .target(name: "CStartup"),
    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Networks", dependencies: ["Tensors", "CKernels", "COpenBLAS"]),
    .target(name: "Architectures", dependencies: ["Networks"]),

    // Data, files and the machine.
    .target(name: "SEN12MS", dependencies: ["Tensors", "CKernels", "CGDAL"]),
    .target(name: "Checkpoints", dependencies: ["Tensors", "CHDF5"]),
    .target(
      name: "Cluster", dependencies: ["Tensors", .target(name: "CMPI", condition: .when(traits: ["MPI"]))]),

    // The toolkit and its command line.
    .target(
      name: "Training",
      dependencies: [
        "Architectures", "SEN12MS", "Checkpoints", "Cluster",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "fusionctl",
      dependencies: [
        "Training", "CAllocations", "CStartup",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // Links to scripts/slurm, too: `fusionctl slurm` prints what lies there.
      resources: ["train_cpu.sbatch", "train_gpu.sbatch", "job.sh"].map {
        .embedInCode("JobScript/Templates/\($0)")
      } + shippedConfigurations.map { .embedInCode("Configurations/Files/\($0).yaml") }),

    // Tests mirror the sources; Support finds the fixtures and runs the built program, ReferenceNetworks fills
    // networks as those of the fixtures, RankProbe is started by mpirun, MutationProbe reads damaged files,
    // LibraryExample is the program of docs/library.md.
    .target(name: "TestSupport", dependencies: ["Checkpoints", "Tensors"], path: "Tests/Support"),
    .target(
      name: "ReferenceNetworks", dependencies: ["Architectures", "TestSupport"],
      path: "Tests/ReferenceNetworks"),
    .executableTarget(name: "RankProbe", dependencies: ["Cluster"], path: "Tests/RankProbe"),
    .executableTarget(
      name: "MutationProbe", dependencies: ["Training", "SEN12MS", "Checkpoints", "CGDAL", "TestSupport"],
      path: "Tests/MutationProbe"),
    .executableTarget(name: "LibraryExample", dependencies: ["Training"], path: "Tests/LibraryExample"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(
      name: "NetworksTests",
      dependencies: ["Networks", "CKernels", "CAllocations", "CStartup", "TestSupport"]),
    .testTarget(
      name: "ArchitecturesTests", dependencies: ["Architectures", "ReferenceNetworks", "TestSupport"]),
    .testTarget(name: "ClusterTests", dependencies: ["Cluster", "Tensors", "TestSupport", "RankProbe"]),
    .testTarget(name: "SEN12MSTests", dependencies: ["SEN12MS", "CKernels", "CGDAL", "TestSupport"]),
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "CHDF5", "TestSupport"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["CAllocations", "Training", "ReferenceNetworks", "TestSupport"]),
    .testTarget(
      name: "fusionctlTests",
      dependencies: [
        "CAllocations", "Checkpoints", "SEN12MS", "TestSupport", "Training", "fusionctl", "LibraryExample",
        "MutationProbe",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
