internal import Foundation
internal import ScrubArchive
internal import ScrubNative

/// What tells who people are, where the parts of a run meet: sealed under the state key, each text bound to what it belongs
/// to, so that nothing is read in the place of something else. Never leaves its task.
struct SealedParts {
  let folder: PartsFolder
  private let box: EncryptedValues
  private let digest: KeyedDigest

  init(_ folder: PartsFolder, _ stateKey: SecretBytes) throws(Failure) {
    self.folder = folder
    do throws(NativeError) {
      box = try EncryptedValues(try Self.key("seal", stateKey, count: EncryptedValues.keySize))
      digest = try KeyedDigest(try Self.key("digest", stateKey, count: 32))
    } catch {
      throw Failure(.native)
    }
  }

  private static func key(_ use: String, _ stateKey: SecretBytes, count: Int) throws(NativeError) -> SecretBytes {
    try deriveSubkey(from: stateKey, salt: Array("state".utf8), info: Array("currents-scrub/v1/parts/\(use)".utf8), count: count)
  }

  // MARK: sealing

  func seal(_ value: some Encodable, boundTo id: String) throws(Failure) -> [UInt8] {
    do { return try box.encrypt(try DocumentEncoder.line(of: value), associatedData: Array(id.utf8)) } catch { throw Failure(.native) }
  }

  /// Nothing for what is bound to something else, or damaged.
  func open<Value: Decodable>(_ sealed: [UInt8], boundTo id: String) -> Value? {
    box.decrypt(sealed, associatedData: Array(id.utf8)).flatMap { try? JSONDecoder().decode(Value.self, from: Data($0)) }
  }

  /// - Parameter plan: the id of the one that must be in force; nothing for what is written by those who plan.
  func write(_ value: some Encodable, as name: String, boundTo id: String, under plan: String? = nil) throws(Failure) {
    try folder.write(try seal(value, boundTo: "\(name) \(id)"), as: name, under: plan)
  }

  /// Nothing where it is not there, bound to something else, or damaged: it is to be done again then.
  func read<Value: Decodable>(_ name: String, boundTo id: String) throws(Failure) -> Value? {
    try folder.read(name).flatMap { open($0, boundTo: "\(name) \(id)") }
  }

  // MARK: digests

  /// Stands for a value, and tells nothing of it to those who have not the key: hex.
  ///
  /// - Parameter id: what it comes behind.
  func digest(of value: some Encodable, behind id: String) throws(Failure) -> String {
    do {
      let text = Array("\(id) ".utf8) + (try DocumentEncoder.line(of: value))
      let span = unsafe text.span.bytes
      return try unsafe span.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest.digest(bytes) }.hex
    } catch {
      throw Failure(.native)
    }
  }
}
