internal import ScrubCore
internal import ScrubNative

/// Names profiles for those who decide about them, without saying who they are.
struct Fingerprints: Sendable {
  private let key: SecretBytes?

  /// Names nobody: for searches in which nobody has to decide.
  static let none = Fingerprints(key: nil)

  private init(key: SecretBytes?) { self.key = key }

  init(_ stateFolder: String, isDryRun: Bool) throws(ScrubRefusal) {
    let state = isDryRun ? StateKey.existing(in: stateFolder) : try StateFolder(stateFolder).key()
    do throws(NativeError) {
      key = try state.map { (key) throws(NativeError) in
        try deriveSubkey(from: key, salt: Array("state".utf8), info: Array("currents-scrub/v1/profile".utf8), count: 32)
      }
      // Where a maker fails after this, memory is at its end, and so is the program.
      if let key { _ = try KeyedDigest(key) }
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
  }

  /// What one worker makes them with.
  struct Maker {
    fileprivate let digest: KeyedDigest?

    /// 16 hex digits; empty for a dry run before there is any state.
    func of(_ id: ProfileID) -> String {
      let text = id.workspace + [0, id.identity.kind.rawValue] + id.identity.text
      guard let digest else { return "" }
      guard let mac = unsafe text.withUnsafeBytes({ bytes in try? unsafe digest.digest(bytes) }) else { endWithout("HMAC") }
      return String(mac.hex.prefix(16))
    }
  }

  func maker() -> Maker {
    guard let key else { return Maker(digest: nil) }
    guard let digest = try? KeyedDigest(key) else { endWithout("HMAC") }
    return Maker(digest: digest)
  }
}
