/// The version of the toolkit, kept in every file it writes.
public enum ProgramVersion {
  public static let current = "0.1.0"
}
