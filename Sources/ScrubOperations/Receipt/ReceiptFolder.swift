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

  /// A receipt of which everything is written but its name.
  package struct Staged: Sendable {
    /// As it was sealed.
    package let receipt: Receipt
    fileprivate let folder: String
    fileprivate let bytes: [UInt8]
  }

  /// Seals a receipt and writes it, on the disk when this returns.
  ///
  /// - Returns: the receipt as it was sealed.
  @discardableResult
  package static func write(
    _ receipt: Receipt, signedBy key: SigningKey?, personal: [PersonalFile] = [], to folder: String
  ) throws(ScrubRefusal) -> Receipt {
    let staged = try stage(receipt, signedBy: key, personal: personal, in: folder)
    try put([staged])
    return staged.receipt
  }

  /// Seals a receipt and writes all of it but the name of the document, without which nothing in the folder says
  /// anything.
  ///
  /// - Parameters:
  ///   - key: signs it; without one it says that it is not signed.
  ///   - personal: files that only their owner can read.
  ///   - folder: made where it is not there.
  /// - Throws: `ScrubRefusal` when it cannot be written, or something else stands in its place.
  package static func stage(
    _ receipt: Receipt, signedBy key: SigningKey?, personal: [PersonalFile], in folder: String
  ) throws(ScrubRefusal) -> Staged {
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
    others.append((Self.page, Array(page.utf8)))
    try makeFolder(folder, mode: 0o777)
    for name in Set(personal.compactMap { $0.name.split(separator: "/").dropLast().first }).sorted() {
      try makeFolder("\(folder)/\(name)", mode: 0o700)
    }
    clearUnfinished(folder, personal.map(\.name) + others.map(\.name))
    for file in personal { try make(file.bytes, at: "\(folder)/\(file.name)", mode: 0o600) }
    for file in others { try make(file.bytes, at: "\(folder)/\(file.name)", mode: 0o644) }
    try make(bytes, at: "\(folder)/\(document)\(unfinished)", mode: 0o644)
    return Staged(receipt: sealed, folder: folder, bytes: bytes)
  }

  /// Gives receipts their names, once all that stands beside them is on the disk; they are there when this returns.
  ///
  /// - Parameter staged: in folders of one file system.
  package static func put(_ staged: [Staged]) throws(ScrubRefusal) {
    guard let first = staged.first else { return }
    guard syncAll(first.folder) else { throw unwritable(first.folder) }
    for receipt in staged {
      let path = "\(receipt.folder)/\(document)"
      defer { unsafe _ = unlink(path + unfinished) }
      if unsafe link(path + unfinished, path) == 0 { continue }
      guard errno == EEXIST else { throw unwritable(path) }
      try compare(receipt.bytes, path)
    }
    guard syncAll(first.folder) else { throw unwritable(first.folder) }
  }

  /// The receipt of the same run and request that is there already; nothing where there is none.
  static func existing(in folder: String, of receipt: Receipt) -> Receipt? {
    guard let bytes = try? GivenFile.read("\(folder)/\(document)", limit: limit),
      let known = try? JSONDecoder().decode(Receipt.self, from: Data(bytes)),
      known.receipt == receipt.receipt, known.request.id == receipt.request.id
    else { return nil }
    return known
  }

  /// Ends the name of a document that has not got its own yet.
  private static let unfinished = ".tmp"

  /// Removes what a run that was cut off wrote before its receipt: the folder is that of one run, and without a receipt
  /// nothing in it says anything.
  private static func clearUnfinished(_ folder: String, _ names: [String]) {
    unsafe _ = unlink("\(folder)/\(document)\(unfinished)")
    if unsafe access("\(folder)/\(document)", F_OK) == 0 { return }
    for name in names { unsafe _ = unlink("\(folder)/\(name)") }
  }

  private static func makeFolder(_ path: String, mode: UInt32) throws(ScrubRefusal) {
    do { try StateKey.makeFolders(path, mode: mode) } catch { throw unwritable(path) }
  }

  /// Writes a file where nothing else may stand.
  private static func make(_ bytes: [UInt8], at path: String, mode: UInt32) throws(ScrubRefusal) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    if descriptor < 0 && errno == EEXIST { return try compare(bytes, path) }
    guard descriptor >= 0 else { throw unwritable(path) }
    defer { close(descriptor) }
    // What only seemed to be written shows when it is read.
    guard write(bytes, to: descriptor), holds(bytes, path) else {
      unsafe unlink(path)
      throw unwritable(path)
    }
  }

  /// - Throws: `ScrubRefusal` where a file holds other bytes.
  private static func compare(_ bytes: [UInt8], _ path: String) throws(ScrubRefusal) {
    if !holds(bytes, path) { throw taken(path) }
  }

  private static func holds(_ bytes: [UInt8], _ path: String) -> Bool {
    guard let found = try? GivenFile.read(path, limit: bytes.count), found.count == bytes.count else { return false }
    return unsafe found.withUnsafeBytes { found in
      unsafe bytes.withUnsafeBytes { bytes in
        guard let left = found.baseAddress, let right = bytes.baseAddress else { return true }
        return unsafe memcmp(left, right, bytes.count) == 0
      }
    }
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
