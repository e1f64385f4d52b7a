/// The memory of an accelerator, in bytes.
package struct AcceleratorMemory: Equatable, Sendable {
  /// What a forecast knows of the workspaces of convolutions, which a library of the accelerator's maker decides.
  package enum Workspaces: Equatable, Sendable {
    /// They are those that the library plans: "cuDNN 9.10.2".
    case planned(by: String)
    /// They are not counted. The text says what is missing and what brings it.
    case uncounted(String)
  }

  /// All memory of the accelerator.
  package let total: Int
  /// Memory that this process can still get. Memory that other processes have taken is not in it.
  package let free: Int
  /// The most memory that networks of this process have had at a time.
  package let peak: Int
  /// Memory that driver and libraries take besides, once networks run.
  package let overhead: Int
  /// nil for an accelerator that is there, else what is known of one that is planned for.
  package let forecast: Workspaces?

  package init(total: Int, free: Int, peak: Int = 0, overhead: Int, forecast: Workspaces? = nil) {
    (self.total, self.free, self.peak) = (total, free, peak)
    (self.overhead, self.forecast) = (overhead, forecast)
  }

  /// Memory that networks can have now.
  package var usable: Int { max(free - overhead, 0) }
}
