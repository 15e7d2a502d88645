/// A file of an archive or of an output, as the run that looked at it last left it.
package struct KnownFile: Hashable, Sendable {
  package enum Role: String, Sendable { case source, output }

  package enum State: String, Sendable {
    case done
    /// Nothing of it was written.
    case withheld
    case failed
    /// It changed too short a time ago.
    case young
  }

  /// What the file system said of it: as long as it says the same, the bytes are the same.
  package struct Identity: Hashable, Sendable {
    /// Bit patterns, for the numbers of devices and inodes have no sign.
    package var device, inode: Int
    /// Bytes.
    package var size: Int
    /// Nanoseconds since 1970-01-01.
    package var modified, changed: Int

    package init(device: Int, inode: Int, size: Int, modified: Int, changed: Int) {
      self.device = device
      self.inode = inode
      self.size = size
      self.modified = modified
      self.changed = changed
    }
  }

  package struct Events: Hashable, Sendable {
    package var read = 0
    package var written = 0
    package var dropped = 0
    package var withheld = 0

    package init() {}
  }

  /// In the archive, or in the output; bytes, for two names that look alike are two files.
  package let path: [UInt8]
  package var identity: Identity
  /// Of its bytes, keyed, hex; nothing where it was not read to its end.
  package var digest: String?
  /// The digest of the plan that it was scrubbed with, hex.
  package var plan: String?
  /// SHA-256, hex, of what was written of it.
  package var output: String?
  package var events = Events()
  package var state: State
  /// Why it is not done.
  package var code: String?
  /// The run that looked at it last.
  package var run: String

  package init(path: [UInt8], identity: Identity, state: State, run: String) {
    self.path = path
    self.identity = identity
    self.state = state
    self.run = run
  }
}
