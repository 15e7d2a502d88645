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

  package init(_ service: Service, account: String = "", bucket: String, key: String) {
    self.service = service
    self.account = account
    self.bucket = bucket
    self.key = key
  }

  /// Reads an address; nothing where the text is a path, or names no bucket.
  package init?(_ text: String) {
    for service in Service.allCases where text.hasPrefix("\(service.rawValue)://") {
      var parts = pathParts(String(text.dropFirst(service.rawValue.count + 3)))[...]
      let account = service.hasAccounts ? parts.popFirst() ?? "" : ""
      let bucket = parts.popFirst() ?? ""
      guard !bucket.isEmpty, account.isEmpty != service.hasAccounts else { return nil }
      self.init(service, account: account, bucket: bucket, key: parts.joined(separator: "/"))
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

  /// Another object of the bucket.
  func object(_ key: String) -> ObjectAddress {
    ObjectAddress(service, account: account, bucket: bucket, key: key)
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
