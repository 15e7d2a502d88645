/// Lists the objects under a prefix as `ArchiveWalker` lists the files of a folder, by the same rules.
struct ObjectWalker {
  private let isIgnored: (String) -> Bool
  private let isWhole: Bool
  private let prefix: String
  private let address: ObjectAddress
  private var listing = Listing()

  /// Lists what is under an address, or the one object that bears it.
  ///
  /// - Parameter chosen: the only objects that are taken, by what follows the prefix; nothing for all. One that is gone by
  ///   now is a failure of its own.
  static func list(
    _ address: ObjectAddress, prefix: String, only chosen: [String]?, whole isWhole: Bool,
    ignoring isIgnored: @escaping (String) -> Bool
  ) -> Listing {
    var walker = ObjectWalker(isIgnored: isIgnored, whole: isWhole, prefix: prefix, address: address)
    do throws(Failure) { try walker.walk() } catch {
      walker.listing.failures.append(Failure(error.code, path: address.text, place: error.place))
    }
    if let chosen { walker.keep(chosen) }
    walker.listing.files.sort { $0.relative.utf8.lexicographicallyPrecedes($1.relative.utf8) }
    return walker.listing
  }

  private init(isIgnored: @escaping (String) -> Bool, whole isWhole: Bool, prefix: String, address: ObjectAddress) {
    self.isIgnored = isIgnored
    self.isWhole = isWhole
    self.prefix = prefix
    self.address = address
  }

  private mutating func walk() throws(Failure) {
    let store = try ObjectStore.of(address)
    var found: [ListedObject] = []
    defer { for object in found { visit(object) } }
    try store.list(prefix: address.folder) { found.append($0) }
    // What consoles show as a folder, and nothing in it, is no more than nothing.
    let isMarked = found.count == 1 && isMarker(found[0])
    if found.isEmpty || isMarked, !address.key.isEmpty, !address.key.hasSuffix("/") {
      do throws(Failure) { try single(store) } catch { if error.code != .missing || !isMarked { throw error } }
    }
  }

  /// Whether an object is the folder itself, as consoles make it.
  private func isMarker(_ object: ListedObject) -> Bool { object.size == 0 && object.key.utf8.elementsEqual(address.folder.utf8) }

  private mutating func keep(_ chosen: [String]) {
    let chosen = Set(chosen.map { prefix.isEmpty ? $0 : prefix + "/" + $0 })
    listing.files.removeAll { !chosen.contains($0.relative) }
    listing.empty.removeAll { !chosen.contains($0) }
    let found = Set(listing.files.map(\.relative) + listing.empty)
    listing.failures += chosen.subtracting(found).sorted().map { Failure(.unreadable, path: $0) }
  }

  private mutating func single(_ store: ObjectStore) throws(Failure) {
    guard let state = try store.state(of: address.key) else { throw Failure(.missing) }
    guard let name = pathParts(address.key).last, isPath(name) else { throw Failure(.keyNoPath) }
    add(address.key, relative: prefix.isEmpty ? name : prefix + "/" + name, size: state.size)
  }

  private mutating func visit(_ object: ListedObject) {
    guard let rest = address.name(of: object.key) else {
      listing.failures.append(Failure(.badAnswer, path: address.text, place: "a key that was not asked for"))
      return
    }
    // What consoles show as folders.
    if object.size == 0 && (rest.isEmpty || rest.utf8.last == UInt8(ascii: "/")) {
      listing.ignored += 1
      return
    }
    guard isPath(rest) else {
      let path = rest.isEmpty ? address.text : prefix.isEmpty ? rest : "\(prefix)/\(rest)"
      listing.failures.append(Failure(.keyNoPath, path: path))
      return
    }
    if ArchiveWalker.leavesOut(pathParts(rest), below: prefix, whole: isWhole, isIgnored) {
      listing.ignored += 1
      if object.size > 0, let folder = ArchiveWalker.folderPassedOver(pathParts(rest), below: prefix, isIgnored) {
        listing.passedOver[folder, default: 0] += 1
      }
      return
    }
    add(object.key, relative: prefix.isEmpty ? rest : prefix + "/" + rest, size: object.size)
  }

  private mutating func add(_ key: String, relative: String, size: Int) {
    if size == 0 {
      listing.ignored += 1
      listing.empty.append(relative)
    } else {
      listing.files.append(ArchiveFile(path: address.object(key).text, relative: relative, size: size))
    }
  }
}

/// The parts of a path between its slashes, empty ones too.
package func pathParts(_ path: String) -> [String] {
  path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
}

/// Whether what follows a prefix in a key could be a path of a folder too.
func isPath(_ name: String) -> Bool {
  pathParts(name).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." } && !name.utf8.contains(0)
}

/// Bytes of a path as text: UTF-8 as it is, anything else percent-encoded (RFC 3986) but for slashes.
package func pathText(_ bytes: [UInt8]) -> String {
  if let text = String(validating: bytes, as: UTF8.self) { return text }
  return bytes.reduce(into: "") { text, byte in
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x2f, 0x5f, 0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
    default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
}
