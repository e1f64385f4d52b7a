// swift-tools-version: 6.1
import PackageDescription

// Kernels are compiled with optimisation in debug builds too, so that tests of whole networks stay fast. SwiftPM
// refuses this flag in a package on which another package depends by version. SwiftPM then builds the package in a
// folder `checkouts`, so the flag is left out there.
let isDependency = Context.packageDirectory.split(separator: "/").dropLast().last == "checkouts"
let kernelSettings: [CSetting] = isDependency ? [] : [.unsafeFlags(["-O2"], .when(configuration: .debug))]
let emulationSettings: [CXXSetting] =
  isDependency ? [] : [.unsafeFlags(["-O2"], .when(configuration: .debug))]

/// The tests of a module, in the folder `Tests/<module>Tests`.
func tests(of module: String, with others: Target.Dependency...) -> Target {
  .testTarget(name: "\(module)Tests", dependencies: [.byName(name: module)] + others)
}

// Libraries that the tests load in the place of NVIDIA's.
let simulatedLibraries: [Product] =
  isDependency
  ? []
  : ["SimulatedCUDA", "SimulatedCUDNN"].map { .library(name: $0, type: .dynamic, targets: [$0]) }

// The files are links to configs/: `--config middle` reads configs/middle.yaml.
let shippedConfigurations =
  ["quick", "own", "eurosat"]
  + ["", "paper-", "demo-"].flatMap { folder in
    ["s1", "s2", "early", "middle", "late"].map { folder + $0 }
  }

// Data sets that `data.manifest` knows by name.
let builtInManifests = [
  "sen12ms", "sen12ms-landuse", "sen12ms-cr", "dfc2020", "bigearthnet-v1", "bigearthnet-v2", "eurosat-rgb",
  "eurosat-ms", "eurosat-s1s2", "so2sat", "so2sat-v2", "so2sat-v3", "own-folder",
]

let package = Package(
  name: "fusionctl",
  products: [
    .executable(name: "fusionctl", targets: ["fusionctl"]),
    // Libraries for other packages (docs/library.md).
    // Graphs of operations, their derivatives, architectures, and the engine that runs them on CPUs.
    .library(name: "FusionNetworks", targets: ["Basics", "Networks", "Architectures", "CPUEngine"]),
    // Patches of data sets, labels and splits, read in batches.
    .library(name: "FusionImagery", targets: ["Basics", "Imagery", "SEN12MS"]),
    // Experiments and trainings, and trained networks on arrays.
    .library(name: "FusionTraining", targets: ["Experiments", "Training"]),
  ] + simulatedLibraries,
  traits: [
    .trait(name: "MPI", description: "Training on several nodes over MPI."),
    .default(enabledTraits: ["MPI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CGDAL", pkgConfig: "gdal", providers: [.apt(["libgdal-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // C targets of this package: threads, kernels of networks, samples of rasters and packs, checksums.
    .target(name: "CThreads", cSettings: kernelSettings),
    .target(name: "CKernels", dependencies: ["CThreads"], cSettings: kernelSettings),
    .target(name: "CRaster", dependencies: ["CThreads"], cSettings: kernelSettings),
    .target(name: "CPacks", cSettings: kernelSettings),
    .target(name: "CChecksums", cSettings: kernelSettings),
    // For the program only: counts allocations, by functions that replace the C library's allocator.
    .target(name: "CAllocations"),
    // For the program only: runs before the constructors of libraries.
    .target(name: "CStartup"),

    // Common to all modules: basic types, metrics, and the presentation of results.
    .target(name: "Basics", dependencies: ["CThreads", "CChecksums"]),
    .target(name: "Metrics", dependencies: ["Basics"]),
    .target(name: "Presentation", dependencies: ["Basics"]),
    // Plots as SVG.
    .target(name: "Plots", dependencies: ["Basics"]),

    // Pictures of pixels and letters, and PNG files.
    .target(name: "Pictures", dependencies: ["Basics", "CCairo"]),

    // YAML texts from outside, read within limits.
    .target(
      name: "YAML",
      dependencies: [
        "Basics",
        .product(name: "Yams", package: "Yams"),
      ]),

    // Networks, and the engine that runs them.
    .target(name: "Networks", dependencies: ["Basics"]),
    .target(name: "CPUEngine", dependencies: ["Networks", "Basics", "CKernels", "COpenBLAS"]),
    // NVIDIA GPUs. Their libraries are loaded when they are needed, never linked.
    .target(name: "CCUDA", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "Architectures", dependencies: ["Networks"]),
    // The engine for NVIDIA GPUs. Its kernels are compiled at run time from their source text.
    .target(
      name: "CUDAEngine", dependencies: ["Networks", "Basics", "CCUDA"],
      resources: [
        "prelude.cuh", "attention.cu", "channel_sums.cu", "elementwise.cu", "input.cu", "join.cu",
        "layer_norm.cu", "linear.cu", "loss.cu", "loss_scale.cu", "memory.cu", "norm_backward.cu",
        "norm_forward.cu", "optimizer.cu", "pooling.cu", "vectors.cu",
      ].map { .embedInCode("Kernels/\($0)") }),

    // Files and data sets.
    .target(name: "Tables", dependencies: ["Basics", "CZstd", "CZlib"]),
    .target(name: "Rasters", dependencies: ["Basics", "CGDAL", "CRaster"]),
    .target(name: "Pickles", dependencies: ["Basics"]),
    .target(name: "HDF5Storage", dependencies: ["Basics", "CHDF5", "CZlib"]),
    .target(name: "Checkpoints", dependencies: ["HDF5Storage", "Basics", "CHDF5"]),
    // Messages of Protocol Buffers, and the event files made of them that TensorBoard reads.
    .target(name: "Protobuf"),
    .target(name: "TensorBoard", dependencies: ["Protobuf", "Basics"]),
    // Weight files of the Python world.
    .target(name: "ONNXFiles", dependencies: ["Checkpoints", "Networks", "Protobuf", "Basics"]),
    .target(name: "ForeignWeights", dependencies: ["Checkpoints", "Pickles", "Basics", "CZlib"]),
    .target(name: "Imagery", dependencies: ["Rasters", "Tables", "Presentation", "Basics", "CRaster"]),
    .target(
      name: "DataSets",
      dependencies: [
        "Imagery", "Tables", "HDF5Storage", "Pickles", "Rasters", "YAML", "Presentation", "Basics", "CCrypto",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: builtInManifests.map { .embedInCode("BuiltIn/\($0).yaml") }),
    .target(
      name: "Packs",
      dependencies: [
        "DataSets", "Imagery", "HDF5Storage", "Tables", "Rasters", "Presentation", "Basics", "CPacks",
        "CZstd",
      ]),
    .target(
      name: "SEN12MS",
      dependencies: ["DataSets", "Imagery", "Tables", "Pickles", "Rasters", "Presentation", "Basics"]),

    // Ranks, signals and batch jobs.
    .target(
      name: "Cluster",
      dependencies: ["Basics", .target(name: "CMPI", condition: .when(traits: ["MPI"]))]),

    // The toolkit and its command line.
    .target(
      name: "Experiments",
      dependencies: [
        "Cluster", "SEN12MS", "Packs", "DataSets", "Imagery", "Architectures", "CPUEngine", "CUDAEngine",
        "Networks", "Metrics", "Presentation", "YAML", "Basics",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "Training",
      dependencies: [
        "Experiments", "ForeignWeights", "ONNXFiles", "Cluster", "SEN12MS", "Packs", "DataSets", "Imagery",
        "Tables", "Checkpoints", "HDF5Storage", "Rasters", "TensorBoard", "Architectures", "Networks",
        "Metrics", "Presentation", "Pictures", "Basics",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "Reports",
      dependencies: [
        "Training", "Experiments", "DataSets", "Imagery", "Rasters", "Metrics", "Pictures", "Plots",
        "Presentation", "Basics",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [
        "page.mustache", "head.mustache", "section.mustache", "table.mustache", "figure.mustache",
        "gallery.mustache", "report.css",
      ].map { .embedInCode("Page/Templates/\($0)") }),
    // Networks on whole scenes: maps.
    .target(
      name: "Maps",
      dependencies: [
        "Training", "Experiments", "Cluster", "DataSets", "SEN12MS", "Packs", "Imagery", "Rasters", "Metrics",
        "Presentation", "Basics",
      ]),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Training", "Experiments", "SEN12MS", "Imagery", "Networks", "Metrics", "Presentation", "Basics",
      ]),
    .target(
      name: "Diagnostics",
      dependencies: [
        "Training", "Experiments", "Cluster", "SEN12MS", "Packs", "DataSets", "Imagery", "Rasters",
        "Presentation", "Basics",
      ]),
    // A check of the GPU of a machine, as small as can be: without data, files and MPI.
    .executableTarget(
      name: "gpucheck", dependencies: ["Architectures", "CPUEngine", "CUDAEngine", "Networks", "Basics"]),
    // Example programs that use only public declarations, as programs in other packages do (docs/library.md).
    .executableTarget(
      name: "BuildNetwork", dependencies: ["Architectures", "Basics", "CPUEngine", "Networks"],
      path: "Examples/BuildNetwork", packageAccess: false),
    .executableTarget(
      name: "ReadBatches", dependencies: ["Basics", "Imagery", "SEN12MS"], path: "Examples/ReadBatches",
      packageAccess: false),
    .executableTarget(
      name: "TrainNetwork", dependencies: ["Experiments", "Training"], path: "Examples/TrainNetwork",
      packageAccess: false),
    .executableTarget(
      name: "ClassifyImages", dependencies: ["Training"], path: "Examples/ClassifyImages",
      packageAccess: false),

    // The worked examples of docs/extending.md.
    .target(
      name: "Extending",
      dependencies: [
        "Training", "Experiments", "Imagery", "Rasters", "Architectures", "CPUEngine", "Networks",
        "Presentation", "Basics", "CGDAL",
      ],
      path: "Examples/Extending"),

    .executableTarget(
      name: "fusionctl",
      dependencies: [
        "Diagnostics", "Benchmarks", "Maps", "Reports", "Training", "Experiments", "ForeignWeights",
        "Cluster", "SEN12MS", "Packs", "DataSets", "Imagery", "Rasters", "Networks", "Presentation", "Basics",
        "CAllocations", "CStartup",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // The job scripts are links to scripts/slurm: `fusionctl slurm` prints them with other values.
      resources: ["train_cpu.sbatch", "train_gpu.sbatch", "job.sh"].map {
        .embedInCode("JobScript/Templates/\($0)")
      } + shippedConfigurations.map { .embedInCode("Configurations/Files/\($0).yaml") }),

    // Most modules have a test target. Support finds the fixtures and runs the built program. ReferenceNetworks fills
    // networks with the weights of the fixtures. RunSupport makes small runs. mpirun starts RankProbe. MutationProbe
    // reads damaged files.
    .target(name: "TestSupport", dependencies: ["Protobuf", "Basics"], path: "Tests/Support"),
    .target(
      name: "ReferenceNetworks",
      dependencies: ["Architectures", "CPUEngine", "Networks", "Basics", "TestSupport"],
      path: "Tests/ReferenceNetworks"),
    .target(
      name: "RunSupport",
      dependencies: [
        "Training", "Experiments", "SEN12MS", "Imagery", "Networks", "Metrics", "Presentation", "Basics",
        "TestSupport",
      ], path: "Tests/RunSupport"),
    .executableTarget(name: "RankProbe", dependencies: ["Cluster", "Basics"], path: "Tests/RankProbe"),
    // The study of docs/studies/intervals.md.
    .executableTarget(
      name: "IntervalStudy", dependencies: ["Metrics", "Basics"], path: "Tests/IntervalStudy"),
    .executableTarget(
      name: "MutationProbe",
      dependencies: ["Experiments", "SEN12MS", "Checkpoints", "Rasters", "Basics", "TestSupport", "CGDAL"],
      path: "Tests/MutationProbe"),
    .target(
      name: "PackSupport", dependencies: ["Packs", "Imagery", "Rasters", "Tables", "Basics"],
      path: "Tests/PackSupport"),
    .executableTarget(
      name: "PackProbe", dependencies: ["PackSupport", "Packs", "Basics"], path: "Tests/PackProbe"),
    tests(of: "Basics", with: "CChecksums", "TestSupport"),
    tests(of: "TensorBoard", with: "Protobuf", "Basics", "TestSupport"),
    tests(of: "Metrics", with: "Presentation", "Basics", "RunSupport", "TestSupport"),
    tests(of: "Presentation", with: "RunSupport"),
    tests(of: "Pictures", with: "Basics", "CCairo"),
    tests(of: "Plots"),
    tests(of: "Networks", with: "Basics", "CRaster"),
    tests(
      of: "CPUEngine", with: "CUDAEngine", "Architectures", "Networks", "ReferenceNetworks", "Basics",
      "TestSupport", "CAllocations", "CKernels", "SimulatedGPU"),
    // The kernels of CUDAEngine, compiled as C++ and run on the processor.
    .target(name: "KernelEmulation", path: "Tests/KernelEmulation", cxxSettings: emulationSettings),
    // NVIDIA's driver, compiler and cuDNN on top of them, as libraries that the engine loads.
    .target(
      name: "SimulatedCUDA", dependencies: ["KernelEmulation"], path: "Tests/SimulatedCUDA",
      cxxSettings: emulationSettings),
    .target(
      name: "SimulatedCUDNN", path: "Tests/SimulatedCUDNN",
      cxxSettings: emulationSettings + [.headerSearchPath("../SimulatedCUDA/include")]),
    .target(name: "SimulatedGPU", path: "Tests/SimulatedGPU"),
    tests(
      of: "CUDAEngine", with: "Networks", "Basics", "CCUDA", "KernelEmulation", "CKernels", "SimulatedGPU",
      "TestSupport"),
    tests(
      of: "Architectures", with: "CPUEngine", "CUDAEngine", "Networks", "Basics", "ReferenceNetworks",
      "SimulatedGPU", "TestSupport"),
    tests(of: "HDF5Storage", with: "Basics", "TestSupport"),
    tests(of: "Tables", with: "Basics", "TestSupport"),
    .testTarget(name: "PicklesTests", dependencies: ["SEN12MS", "Basics", "TestSupport"]),
    tests(of: "Checkpoints", with: "HDF5Storage", "Basics", "TestSupport", "CHDF5"),
    tests(of: "ONNXFiles", with: "Architectures", "Checkpoints", "Networks", "TestSupport"),
    tests(of: "ForeignWeights", with: "Checkpoints", "Basics", "CZlib", "TestSupport"),
    tests(of: "Imagery", with: "Tables", "Rasters", "Basics", "Extending", "TestSupport", "CGDAL"),
    tests(of: "SEN12MS", with: "DataSets", "Imagery", "Rasters", "Basics", "TestSupport", "CGDAL", "CRaster"),
    tests(
      of: "Packs", with: "Imagery", "Rasters", "HDF5Storage", "Basics", "TestSupport", "PackProbe",
      "PackSupport"),
    .testTarget(
      name: "DataSetsTests",
      dependencies: [
        "DataSets", "Imagery", "Rasters", "Basics", "TestSupport", "CZlib",
        .product(name: "Yams", package: "Yams"),
      ]),
    tests(of: "Cluster", with: "Basics", "TestSupport", "RankProbe"),
    tests(
      of: "Experiments", with: "DataSets", "Imagery", "Architectures", "Networks", "Presentation", "Basics",
      "SimulatedGPU", "TestSupport"),
    tests(
      of: "Training", with: "Experiments", "ForeignWeights", "ONNXFiles", "Cluster", "SEN12MS", "Imagery",
      "Checkpoints", "CPUEngine", "CUDAEngine", "Architectures", "Networks", "Metrics", "Presentation",
      "Rasters", "Basics", "DataSets", "Packs", "Pictures", "Extending", "ReferenceNetworks", "RunSupport",
      "SimulatedGPU", "TestSupport"),
    tests(
      of: "Reports", with: "Training", "Experiments", "DataSets", "Imagery", "Metrics", "Plots",
      "Presentation", "Basics", "RunSupport", "TestSupport"),
    tests(of: "Maps", with: "Imagery", "Rasters", "Basics", "TestSupport", "CGDAL"),
    tests(of: "Benchmarks", with: "Experiments", "Basics", "Extending"),
    tests(of: "gpucheck", with: "fusionctl", "CUDAEngine", "Networks", "SimulatedGPU", "TestSupport"),
    tests(
      of: "Diagnostics", with: "Training", "Experiments", "SEN12MS", "DataSets", "Imagery", "Presentation",
      "Basics", "RunSupport", "TestSupport"),
    tests(of: "Extending", with: "Architectures", "CPUEngine", "Networks", "Basics"),
    tests(
      of: "fusionctl", with: "Training", "Experiments", "SEN12MS", "DataSets", "Imagery", "Rasters",
      "Checkpoints", "Basics", "TestSupport", "SimulatedGPU", "CAllocations", "ClassifyImages",
      "BuildNetwork", "ReadBatches", "TrainNetwork", "MutationProbe"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17,
  cxxLanguageStandard: .cxx17
)
