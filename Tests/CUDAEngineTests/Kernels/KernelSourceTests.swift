import CUDAEngine
import KernelEmulation
import Testing

/// The text that is compiled for a device, and the grids of launches.
@Suite struct KernelSourceTests {
  /// The list of the emulation is written by hand.
  @Test func theEmulationHasEveryKernel() {
    let names = KernelSource.units.flatMap(\.kernels)
    #expect(names.count == Set(names).count && names.count == 3 * 29 + 26)
    for name in names { #expect(emulation_find(name) != nil, "\(name)") }
  }

  @Test func unitsAreWhole() {
    for unit in KernelSource.units {
      #expect(!unit.text.contains("#include"), "\(unit.name)")
      #expect(unit.text.contains("struct step_table") && !unit.kernels.isEmpty, "\(unit.name)")
      if let element = unit.element {
        #expect(unit.name.hasSuffix("_\(element)") && unit.text.hasPrefix("#define ELEMENT \(element)\n"))
      }
    }
  }

  /// prelude.cuh asserts the same sizes.
  @Test func structsHaveTheLayoutOfTheKernels() {
    #expect(MemoryLayout<StepTable>.size == 64 && MemoryLayout<UpdateSegment>.size == 24)
    #expect(MemoryLayout<RawGrid>.size == 32 && MemoryLayout<RawBand>.size == 40)
    #expect(MemoryLayout<RawView>.size == 24)
    #expect(MemoryLayout<ScaleState>.size == 16 && MemoryLayout<ScaleState>.offset(of: \.goodSteps) == 12)
    #expect(MemoryLayout<StepTable>.offset(of: \.skip) == 56)
    #expect(MemoryLayout<StepTable>.offset(of: \.learningRate) == 48)
  }

  @Test func slabsCoverAllRows() {
    for rows in [1, 31, 128, 129, 1600, 6400, 102_400, 1_048_576] {
      for channels in [1, 3, 64, 65, 512, 2048] {
        let slab = LaunchShape.slabRows(rows: rows, channels: channels)
        let shape = LaunchShape.columns(rows: rows, channels: channels)
        #expect(slab % 32 == 0 && (shape.rows - 1) * slab < rows && shape.rows * slab >= rows)
        #expect(shape.blocks == (channels + 63) / 64 && shape.blocks * shape.rows <= 1024 + shape.blocks)
      }
    }
  }
}
