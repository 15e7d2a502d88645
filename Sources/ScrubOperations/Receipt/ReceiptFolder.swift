internal import Foundation
internal import Glibc
internal import ScrubArchive
package import ScrubNative

/// A file beside a receipt that says who the person is: requests to those who were sent their data.
package struct PersonalFile: Sendable {
  /// `downstream/amplitude-deletions-1.json`.
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// The folder of a receipt. `receipt.json` comes last, so that where it is, all is there; writing the same once more,
/// after a crash, changes nothing, and what is there is never replaced by anything else.
package enum ReceiptFolder {
  package static let document = "receipt.json"
  package static let signature = "receipt.json.sig"
  package static let publicKey = "signing.pub.pem"
  package static let page = "receipt.html"
  /// The largest receipt that is read, in bytes: of some million files.
  static let limit = 1 << 30

  /// Seals a receipt and writes it, on the disk when this returns.
  ///
  /// - Parameters:
  ///   - key: signs it; without one it says that it is not signed.
  ///   - personal: files that only their owner can read.
  ///   - folder: made where it is not there.
  /// - Returns: the receipt as it was sealed.
  /// - Throws: `ScrubRefusal` when it cannot be written, or something else stands in its place.
  @discardableResult
  package static func write(
    _ receipt: Receipt, signedBy key: SigningKey?, personal: [PersonalFile] = [], to folder: String
  ) throws(ScrubRefusal) -> Receipt {
    let sealed: Receipt
    let bytes: [UInt8]
    let page: String
    var others: [(name: String, bytes: [UInt8])] = []
    do {
      sealed = try receipt.sealed(by: key?.verifying)
      bytes = try CanonicalJSON.bytes(of: sealed)
      page = try ReceiptPage.html(sealed)
      if let key {
        others.append((signature, try key.sign(bytes)))
        others.append((publicKey, Array(key.verifying.pem.utf8)))
      }
    } catch {
      throw .output(
        code: "receipt.failed", path: folder, message: "the receipt cannot be made", hint: "check the installation", exit: 1)
    }
    try makeFolder(folder, mode: 0o777)
    for name in Set(personal.compactMap { $0.name.split(separator: "/").dropLast().first }).sorted() {
      try makeFolder("\(folder)/\(name)", mode: 0o700)
    }
    clearUnfinished(folder, personal.map(\.name) + [signature, publicKey, Self.page])
    for file in personal { try put(file.bytes, at: "\(folder)/\(file.name)", mode: 0o600) }
    for file in others { try put(file.bytes, at: "\(folder)/\(file.name)", mode: 0o644) }
    try put(Array(page.utf8), at: "\(folder)/\(Self.page)", mode: 0o644)
    try put(bytes, at: "\(folder)/\(document)", mode: 0o644)
    return sealed
  }

  /// The receipt of the same run and request that is there already; nothing where there is none.
  static func existing(in folder: String, of receipt: Receipt) -> Receipt? {
    guard let bytes = try? GivenFile.read("\(folder)/\(document)", limit: limit),
      let known = try? JSONDecoder().decode(Receipt.self, from: Data(bytes)),
      known.receipt == receipt.receipt, known.request.id == receipt.request.id
    else { return nil }
    return known
  }

  /// Removes what a run that was cut off wrote before its receipt: the folder is that of one run, and without a receipt
  /// nothing in it says anything.
  private static func clearUnfinished(_ folder: String, _ names: [String]) {
    if unsafe access("\(folder)/\(document)", F_OK) == 0 { return }
    for name in names { unsafe _ = unlink("\(folder)/\(name)") }
  }

  private static func makeFolder(_ path: String, mode: UInt32) throws(ScrubRefusal) {
    do {
      try StateKey.makeFolders(path, mode: mode)
      try KeyFile.syncFolder(of: path)
    } catch {
      throw unwritable(path)
    }
  }

  /// Writes a file under a temporary name, and links it to its own, where nothing else may stand.
  private static func put(_ bytes: [UInt8], at path: String, mode: UInt32) throws(ScrubRefusal) {
    let temporary = path + ".tmp"
    unsafe unlink(temporary)
    defer { unsafe _ = unlink(temporary) }
    let mask = umask(0)
    umask(mask)
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw unwritable(path) }
    defer { close(descriptor) }
    guard write(bytes, to: descriptor), fchmod(descriptor, mode & ~mask) == 0, fsync(descriptor) == 0 else {
      throw unwritable(path)
    }
    // What only seemed to be written shows here.
    guard (try? GivenFile.read(temporary, limit: bytes.count)) == bytes else { throw unwritable(path) }
    if unsafe link(temporary, path) != 0 {
      guard errno == EEXIST else { throw unwritable(path) }
      if (try? GivenFile.read(path, limit: bytes.count)) != bytes { throw taken(path) }
    }
    do { try KeyFile.syncFolder(of: path) } catch { throw unwritable(path) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }

  private static func unwritable(_ path: String) -> ScrubRefusal {
    .output(
      code: FailureCode.unwritable.rawValue, path: path, message: "the receipt cannot be written",
      hint: "check the path, the permissions and the room", exit: 1)
  }

  private static func taken(_ path: String) -> ScrubRefusal {
    .output(
      code: "receipt.other-bytes", path: path, message: "something else than this receipt stands there",
      hint: "move it away, or name another folder", exit: 1)
  }
}
