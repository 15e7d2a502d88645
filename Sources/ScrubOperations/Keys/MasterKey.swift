internal import Glibc
package import ScrubCore
package import ScrubNative
package import ScrubPolicy

/// Why a key is refused. Never tells a byte of it.
package struct KeyRefusal: Error, Hashable, Sendable {
  package enum Code: String, CaseIterable, Sendable {
    case missing = "key.missing"
    case empty = "key.empty"
    case malformed = "key.malformed"
    case short = "key.too-short"
    case allEqual = "key.all-equal"
    case unreadable = "key.unreadable"
    case exposed = "key.exposed"
    case link = "key.symlink"
    case owner = "key.foreign-owner"
    case insideInput = "key.inside-input"
    case commandFailed = "key.command-failed"
    case otherCheck = "key.other-check-value"
    case native = "key.library-failed"
  }

  package let code: Code

  package init(code: Code) { self.code = code }

  package var message: String {
    switch code {
    case .missing: "the environment variable of the key is not set"
    case .empty: "the key is empty"
    case .malformed: "the key's text is neither 64 hex digits nor base64 of 32 or 64 bytes"
    case .short: "the key has fewer than 32 bytes"
    case .allEqual: "all bytes of the key are equal"
    case .unreadable: "the key file cannot be read"
    case .exposed: "the key file can be read by others than its owner"
    case .link: "the key file is a symbolic link, or no regular file"
    case .owner: "the key file belongs to somebody else"
    case .insideInput: "the key file lies inside an input"
    case .commandFailed: "the key command failed, or printed more than a key"
    case .otherCheck: "this key id was used before with another key"
    case .native: "OpenSSL refused the key"
    }
  }

  package var hint: String {
    switch code {
    case .missing: "export it, or name a file in the policy: `key: { file: PATH, id: k1 }`"
    case .empty, .malformed, .short, .allEqual: "make one with `currents-scrub keys new FILE`"
    case .unreadable: "check the path and the permissions"
    case .exposed: "chmod 600 the file"
    case .link: "name the file itself"
    case .owner: "chown the file to the user who runs this"
    case .insideInput: "keep keys apart from archives"
    case .commandFailed: "run the command by hand; it prints the key's text and nothing else"
    case .otherCheck: "use the earlier key, or give the new one an id of its own"
    case .native: "check the OpenSSL installation"
    }
  }
}

/// The master key with its id and audience: the source of every subkey.
package struct MasterKey: SubkeySource {
  package let keyID: String
  package let audience: String?
  private let bytes: SecretBytes

  package init(_ bytes: SecretBytes, id: String, audience: String?) {
    self.bytes = bytes
    keyID = id
    self.audience = audience
  }

  /// HKDF-SHA256 (RFC 5869): salt the key id, info `currents-scrub/v1/<purpose>[/<domain>][/<audience>]`, 32 bytes,
  /// 64 to seal. The check value is the key's own, whatever the audience.
  package func subkey(_ use: SubkeyUse) throws(NativeError) -> SecretBytes {
    let audience = audience.map { "/\($0)" } ?? ""
    let name =
      switch use {
      case .hash(let domain): "hash/\(domain)\(audience)"
      case .vault(let domain): "vault/\(domain)\(audience)"
      case .vaultKey(let domain): "vaultkey/\(domain)\(audience)"
      case .seal: "seal\(audience)"
      case .check: "check/check"
      }
    return try deriveSubkey(
      from: bytes, salt: Array(keyID.utf8), info: Array("currents-scrub/v1/\(name)".utf8),
      count: use == .seal ? SealedValues.keySize : 32)
  }

  /// What tells this key from another of the same id: 16 hex digits that say nothing about its bytes.
  package func checkValue() throws(NativeError) -> String {
    let digest = try KeyedDigest(subkey(.check))
    let text = Array("currents-scrub".utf8)
    let span = unsafe text.span.bytes
    let mac = try unsafe span.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest.digest(bytes) }
    return String(mac.hex.prefix(16))
  }

  // MARK: reading

  /// Reads the key that a policy refers to.
  ///
  /// - Parameter inputs: paths of the run's inputs, in which no key may lie.
  /// - Throws: `KeyRefusal`.
  package static func read(
    _ reference: Policy.KeyReference, audience: String?, inputs: [String]
  ) throws(KeyRefusal) -> MasterKey {
    let text: SecretBytes
    switch reference.source {
    case .environment(let name): text = try environment(name)
    case .file(let path): text = try file(path, inputs: inputs)
    case .command(let arguments): text = try KeyCommand.output(of: arguments)
    }
    return MasterKey(try KeyText.decode(text), id: reference.id, audience: audience)
  }

  /// Reads a key file, with every refusal of one that is weak or exposed.
  package static func file(_ path: String, inputs: [String]) throws(KeyRefusal) -> SecretBytes {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw KeyRefusal(code: errno == ELOOP ? .link : .unreadable) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw KeyRefusal(code: .unreadable) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw KeyRefusal(code: .link) }
    guard status.st_uid == geteuid() else { throw KeyRefusal(code: .owner) }
    guard status.st_mode & 0o077 == 0 else { throw KeyRefusal(code: .exposed) }
    let place = realPath(path)
    for input in inputs where isInside(place, realPath(input)) { throw KeyRefusal(code: .insideInput) }
    return try KeyText.readAll(descriptor)
  }

  private static func environment(_ name: String) throws(KeyRefusal) -> SecretBytes {
    guard let value = unsafe getenv(name) else { throw KeyRefusal(code: .missing) }
    let count = unsafe strlen(value)
    guard count > 0 else { throw KeyRefusal(code: .empty) }
    guard count <= KeyText.sizeLimit else { throw KeyRefusal(code: .malformed) }
    return unsafe SecretBytes(count: count) { memory in
      unsafe memory.copyMemory(from: UnsafeRawBufferPointer(start: value, count: count))
    }
  }
}

/// The path without links, or the path itself where nothing is there.
package func realPath(_ path: String) -> String {
  guard let resolved = unsafe realpath(path, nil) else {
    // What does not exist yet lies in the folder that does.
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = trimmed.lastIndex(of: "/") else {
      return trimmed == "." || trimmed.isEmpty ? trimmed : realPath(".") + "/" + trimmed
    }
    let parent = slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    return (parent == "/" ? "" : realPath(parent)) + trimmed[slash...]
  }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}

/// Whether a resolved path is a folder or lies in it.
package func isInside(_ path: String, _ folder: String) -> Bool {
  path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
}
