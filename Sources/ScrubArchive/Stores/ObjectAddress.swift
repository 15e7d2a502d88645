/// Where an object, or all objects under a prefix, stand: `s3://bucket/key`, `gs://bucket/key`, `az://account/container/key`.
///
/// Keys are written as they are, without any escapes: what the store calls `a=b+c d` is `s3://bucket/a=b+c d`.
package struct ObjectAddress: Hashable, Sendable {
  /// The stores that are known.
  package enum Service: String, CaseIterable, Sendable {
    /// Amazon S3, and whatever speaks as it does.
    case s3
    /// Google Cloud Storage, by its XML API.
    case gs
    /// Azure Blob Storage.
    case az

    /// How an address is written.
    package var form: String { "\(rawValue)://" + (hasAccounts ? "ACCOUNT/CONTAINER" : "BUCKET") + "/PREFIX" }

    /// Whether an account stands in front of the bucket.
    fileprivate var hasAccounts: Bool { self == .az }
  }

  package let service: Service
  /// Whose bucket it is, where the service wants that said; else empty.
  package let account: String
  /// The bucket, or container.
  package let bucket: String
  /// Of the object, or the prefix; empty for the whole bucket.
  package let key: String
  /// The store's own id of the version that is meant; nothing for the one that is there.
  package let version: String?

  package init(_ service: Service, account: String = "", bucket: String, key: String, version: String? = nil) {
    self.service = service
    self.account = account
    self.bucket = bucket
    self.key = key
    self.version = version
  }

  /// Stands between key and version in `path`: no key that is a path holds it.
  private static let versionMark = "\0"

  /// Reads an address; nothing where the text is a path, or names no bucket.
  package init?(_ path: String) {
    for service in Service.allCases where path.hasPrefix("\(service.rawValue)://") {
      let halves = path.utf8.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      let version = halves.count > 1 ? halves[1] : nil
      var parts = pathParts(String(halves[0].dropFirst(service.rawValue.count + 3)))[...]
      let account = service.hasAccounts ? parts.popFirst() ?? "" : ""
      let bucket = parts.popFirst() ?? ""
      guard !bucket.isEmpty, account.isEmpty != service.hasAccounts else { return nil }
      self.init(service, account: account, bucket: bucket, key: parts.joined(separator: "/"), version: version)
      return
    }
    return nil
  }

  /// The scheme of what looks like the address of something else than a file: letters and digits in front of `://`.
  package static func scheme(of text: String) -> String? {
    let scheme = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return !scheme.isEmpty && text.dropFirst(scheme.count).hasPrefix("://") ? String(scheme) : nil
  }

  /// As it is written.
  package var text: String {
    "\(service.rawValue)://" + [account, bucket, key].filter { !$0.isEmpty }.joined(separator: "/")
  }

  /// By which files are opened: as it is written, and the version that is meant behind it.
  var path: String { text + (version.map { "\(Self.versionMark)\($0)" } ?? "") }

  /// Another object of the bucket.
  func object(_ key: String, version: String? = nil) -> ObjectAddress {
    ObjectAddress(service, account: account, bucket: bucket, key: key, version: version)
  }

  /// What stands in front of the keys of everything below: the key with a slash, or nothing for the whole bucket.
  var folder: String { key.isEmpty || key.utf8.last == UInt8(ascii: "/") ? key : key + "/" }

  /// What stands behind the prefix in a key, which is nothing but bytes: a slash is one whatever letter follows it.
  ///
  /// - Returns: nothing for a key that is not below.
  func name(of key: String) -> String? {
    guard key.utf8.starts(with: folder.utf8) else { return nil }
    return String(decoding: key.utf8.dropFirst(folder.utf8.count), as: UTF8.self)
  }
}
