#if canImport(Glibc)
  import Glibc
#endif

/// Releases the lock (`flock`) of an open file, and closes the file.
///
/// Closing alone may leave the lock held for a moment: a child process that is being started has a copy of every
/// descriptor until its program begins. A run in the same folder would then be refused.
/// - Parameter isLocked: false spares a call for a file that was never locked.
/// - Returns: what `close` returns.
@discardableResult package func closeReleasingLock(_ descriptor: Int32, isLocked: Bool = true) -> Int32 {
  if isLocked { _ = flock(descriptor, LOCK_UN) }
  return close(descriptor)
}
