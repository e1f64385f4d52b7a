import Testing

@testable import Basics

@Suite struct FileSystemKindTests {
  private let mounts = """
    22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
    30 22 0:44 / /scratch rw - lustre mds@tcp:/scratch rw,flock
    31 22 0:45 / /home rw shared:7 master:2 - nfs4 server:/home rw
    32 31 0:46 / /home/a\\040b rw - tmpfs tmpfs rw
    33 22 0:47 / /scratch rw - fuse.sshfs host:/x rw
    """

  @Test(arguments: [
    ("/", "ext4"), ("/homestead/x", "ext4"), ("/home/x", "nfs4"), ("/home/a b/c", "tmpfs"),
    ("/home/a", "nfs4"),
    // A later mount on the same folder hides the earlier one.
    ("/scratch/run", "fuse.sshfs"),
  ]) func theNearestMount(path: String, name: String) {
    #expect(FileSystemKind.name(of: path, mounts: mounts) == name)
  }

  @Test func ofThisMachine() throws {
    let root = try #require(FileSystemKind(of: "/"))
    #expect(!root.name.isEmpty && root.free ?? 0 > 0)
    #expect(FileSystemKind.name(of: "/x", mounts: "nonsense\n") == nil)
  }
}
