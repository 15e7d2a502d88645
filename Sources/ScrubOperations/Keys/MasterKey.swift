internal import Glibc
internal import ScrubArchive
package import ScrubCore
package import ScrubNative
internal import ScrubPolicy

/// Why a key is refused. Never tells a byte of it.
package struct KeyRefusal: Error, Hashable, Sendable {
  package enum Code: String, CaseIterable, Sendable {
    case missing = "key.missing"
    case empty = "key.empty"
    case malformed = "key.malformed"
    case short = "key.too-short"
    case allEqual = "key.all-equal"
    case unreadable = "key.unreadable"
    case replaced = "key.replaced-while-read"
    case exposed = "key.exposed"
    case link = "key.symlink"
    case owner = "key.foreign-owner"
    case insideInput = "key.inside-input"
    case commandFailed = "key.command-failed"
    case otherCheck = "key.other-check-value"
    case noState = "key.no-state-key"
    case lostState = "key.state-key-lost"
    case otherState = "key.other-state-key"
    case noKey = "key.not-named"
    case notSigning = "key.not-ed25519"
    case notPublic = "key.not-public"
    case native = "key.library-failed"
    case unwritable = "key.unwritable"
    case noKeyring = "keyring.missing"
    case noActive = "keyring.no-active-key"
    case hasActive = "keyring.has-active-key"
    case usedID = "keyring.id-was-used"
    case known = "keyring.has-this-key"
    case unknownID = "keyring.unknown-id"
    case isActive = "keyring.key-is-active"
    case unconfirmed = "keyring.unconfirmed"
    case locked = "keyring.locked"
  }

  package let code: Code
  /// The file, variable or program that it is about; empty where that is told otherwise.
  package let subject: String

  package init(code: Code, of subject: String = "") {
    self.code = code
    self.subject = subject
  }

  /// Does what may refuse a key, and names what the refusal is about.
  static func naming<Result>(_ subject: String, _ body: () throws(KeyRefusal) -> Result) throws(KeyRefusal) -> Result {
    do throws(KeyRefusal) { return try body() } catch {
      throw error.subject.isEmpty ? KeyRefusal(code: error.code, of: subject) : error
    }
  }

  /// Of one kind, whatever they are about.
  package static func == (left: KeyRefusal, right: KeyRefusal) -> Bool { left.code == right.code }

  package func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// What it is about, and what is true.
  package var sentence: String { subject.isEmpty ? message : "\(subject): \(message)" }

  package var message: String {
    switch code {
    case .missing: "the environment variable of the key is not set"
    case .empty: "the key is empty"
    case .malformed: "the key's text is neither 64 hex digits nor base64 of 32 or 64 bytes"
    case .short: "the key has fewer than 32 bytes"
    case .allEqual: "all bytes of the key are equal"
    case .unreadable: "the key file cannot be read"
    case .replaced: "the key file was replaced while it was read"
    case .exposed: "the key file can be read by others than its owner"
    case .link: "the key file is a symbolic link, or no regular file"
    case .owner: "the key file belongs to somebody else"
    case .insideInput: "the key file lies inside an input"
    case .commandFailed: "the key command failed, or printed more than a key"
    case .otherCheck: "this key id was used before with another key"
    case .noState: "the state folder has no key that can be read"
    case .lostState: "the key of the state folder is gone, though what lies there was made under it"
    case .otherState: "the key of the state folder is another than that of its evidence log, or the last line there was changed"
    case .noKey: "the policy names no key"
    case .notPublic: "the file holds no public key of Ed25519 in PEM"
    case .notSigning: "the file holds no private key of Ed25519 in PEM (PKCS #8), or one under a passphrase"
    case .native: "OpenSSL refused the key"
    case .unwritable: "the file of the key cannot be written"
    case .noKeyring: "there is no such keyring"
    case .noActive: "no key of the keyring is active"
    case .hasActive: "a key of the keyring is active already"
    case .usedID: "the keyring has or had a key of this id"
    case .known: "the keyring has this very key under another id"
    case .unknownID: "the keyring has no key of this id"
    case .isActive: "the key is active: what is scrubbed now is scrubbed with it"
    case .unconfirmed: "a destroyed key does not come back: nobody can match or turn back what was made with it"
    case .locked: "another process changes the keyring"
    }
  }

  package var hint: String {
    switch code {
    case .missing: "export it, or name a file in the policy: `key: { file: PATH, id: k1 }`"
    case .empty, .malformed, .short, .allEqual: "make one with `currents-scrub keys new FILE`"
    case .unreadable: "check the path and the permissions"
    case .replaced: "run again"
    case .exposed: "chmod 600 the file"
    case .link: "name the file itself"
    case .owner: "chown the file to the user who runs this"
    case .insideInput: "keep keys apart from archives"
    case .commandFailed: "run the command by hand; it prints the key's text and nothing else"
    case .otherCheck: "use the earlier key, or give the new one an id of its own"
    case .noKey: "name the policy that made the tokens"
    case .notPublic: "it is the file signing.pub.pem beside a receipt, or what `openssl pkey -pubout` writes"
    case .notSigning: "make one with `currents-scrub keys new --signing FILE`"
    case .noState: "give the state folder with --state DIR; its key is made by the first run that writes there"
    case .lostState, .otherState: "restore the state folder as a whole, from one copy, or begin with another"
    case .native: "check the OpenSSL installation"
    case .unwritable: "check the folder and its permissions"
    case .noKeyring, .noActive: "make a key with `currents-scrub keys new --keyring FILE`"
    case .hasActive: "put another in its place with `currents-scrub keys rotate`"
    case .usedID: "an id is given once; without --id the next free one is taken"
    case .known: "name another file, or leave --from out for a new key"
    case .unknownID: "`currents-scrub keys list` shows them"
    case .isActive: "put another in its place first, with `currents-scrub keys rotate`"
    case .unconfirmed: "say --yes if that is meant"
    case .locked: "wait until it is done"
    }
  }

  /// The exit status of a command that is refused so.
  package var exit: Int32 {
    switch code {
    case .locked: 4
    case .unwritable, .native: 1
    default: 3
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

  /// The same key for another audience; nothing for none.
  func forAudience(_ audience: String?) -> MasterKey { MasterKey(bytes, id: keyID, audience: audience) }

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

  /// The bytes of a new key.
  package static func newBytes() throws(KeyRefusal) -> SecretBytes {
    do throws(NativeError) { return try SecretBytes.random(count: 32) } catch { throw KeyRefusal(code: .native) }
  }

  // MARK: reading

  /// Reads a file of keys, with every refusal of one that is exposed.
  ///
  /// - Parameters:
  ///   - inputs: paths of the run's inputs, in which no key may lie.
  ///   - limit: the longest text that is read, in bytes.
  package static func file(
    _ path: String, inputs: [String], limit: Int = KeyText.sizeLimit
  ) throws(KeyRefusal) -> SecretBytes {
    try KeyRefusal.naming(path) { () throws(KeyRefusal) in try bytes(of: path, inputs: inputs, limit: limit) }
  }

  private static func bytes(of path: String, inputs: [String], limit: Int) throws(KeyRefusal) -> SecretBytes {
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
    let text = try KeyText.readAll(descriptor, limit: limit)
    // What was replaced while it was read may have been wiped under the reader's hands.
    guard unsafe fstat(descriptor, &status) == 0, status.st_nlink > 0 else { throw KeyRefusal(code: .replaced) }
    return text
  }

  static func environment(_ name: String) throws(KeyRefusal) -> SecretBytes {
    guard let value = unsafe getenv(name) else { throw KeyRefusal(code: .missing) }
    let count = unsafe strlen(value)
    guard count > 0 else { throw KeyRefusal(code: .empty) }
    guard count <= KeyText.sizeLimit else { throw KeyRefusal(code: .malformed) }
    return unsafe SecretBytes(count: count) { memory in
      unsafe memory.copyMemory(from: UnsafeRawBufferPointer(start: value, count: count))
    }
  }
}

/// The path without links, or the path itself where nothing is there; an address of a store without a slash at its end.
package func realPath(_ path: String) -> String {
  if ObjectAddress(path) != nil { return path.hasSuffix("/") ? String(path.dropLast()) : path }
  guard let resolved = unsafe realpath(path, nil) else {
    // What does not exist yet lies in the folder that does.
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      return trimmed == "." || trimmed.isEmpty ? trimmed : realPath(".") + "/" + trimmed
    }
    let parent = slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    return (parent == "/" ? "" : realPath(parent)) + trimmed[slash...]
  }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}

/// What follows a folder in the path of something below it, by bytes: a slash is one whatever letter follows it.
func pathBelow(_ folder: String, of path: String) -> String {
  String(decoding: path.utf8.dropFirst(folder.utf8.count + 1), as: UTF8.self)
}

/// Whether a resolved path is a folder or lies in it. Names are bytes: a mark that combines with the slash before it makes
/// another character of both, and not another folder.
package func isInside(_ path: String, _ folder: String) -> Bool {
  let (path, folder, slash) = (path.utf8, folder.utf8, UInt8(ascii: "/"))
  guard path.starts(with: folder) else { return false }
  return path.count == folder.count || folder.last == slash || path.dropFirst(folder.count).first == slash
}
