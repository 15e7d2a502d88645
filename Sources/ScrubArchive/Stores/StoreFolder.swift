internal import ScrubNative

/// What stands under a prefix of a store, for those who write there.
///
/// Every write is whole, and depends on what was there before; nothing here is ever renamed.
package struct StoreFolder: Sendable {
  private let address: ObjectAddress
  private let store: ObjectStore

  /// - Throws: `Failure` where the store cannot be asked at all.
  package init(_ address: ObjectAddress) throws(Failure) {
    self.address = address
    do throws(Failure) { store = try ObjectStore.of(address) } catch { throw error.of(address) }
  }

  /// An object's version, as a condition of writing.
  package struct Version: Hashable, Sendable {
    fileprivate let state: ObjectState

    /// How long ago it was written, in seconds, by the store's own clock; nothing where it does not tell.
    package var age: Int? { state.age }

    /// SHA-256 of its bytes, hex, as whoever wrote it says; nothing where nobody does.
    package var digest: String? { state.digest }

    /// Whether it was put in place here, by whichever run: not what somebody else wrote.
    package var wasPut: Bool { state.digest != nil }
  }

  /// All objects by their names, as lists tell of them.
  package func objects() throws(Failure) -> [String: FileIdentity] {
    var objects: [String: FileIdentity] = [:]
    do throws(Failure) {
      try store.list(prefix: address.folder) { object in
        if let name = address.name(of: object.key) { objects[name] = FileIdentity(object) }
      }
    } catch {
      throw error.of(address)
    }
    return objects
  }

  /// Whether there is no object.
  package func isEmpty() throws(Failure) -> Bool {
    var isEmpty = true
    do throws(Failure) { try store.list(prefix: address.folder, upTo: 1) { _ in isEmpty = false } } catch { throw error.of(address) }
    return isEmpty
  }

  /// The version that is there now, or nothing.
  package func version(of name: String) throws(Failure) -> Version? {
    do throws(Failure) { return try store.state(of: key(name)).map { Version(state: $0) } } catch { throw error.of(place(name)) }
  }

  /// The version that a list told of; nothing where it is gone.
  ///
  /// - Throws: `Failure`, `file.changed-while-read` where it is another one by now.
  package func version(of name: String, listed: FileIdentity) throws(Failure) -> Version? {
    guard let version = try version(of: name) else { return nil }
    guard listed.tag.isEmpty || version.state.tag == listed.tag else { throw Failure(.changed, path: place(name).text) }
    return version
  }

  /// A small object as a whole, with its version; nothing where there is none.
  ///
  /// - Throws: `Failure`, `file.changed-while-read` where another wrote it meanwhile.
  package func read(_ name: String, limit: Int) throws(Failure) -> (bytes: [UInt8], version: Version)? {
    guard let version = try version(of: name) else { return nil }
    guard version.state.size <= limit else { throw Failure(.tooLarge, path: place(name).text) }
    if version.state.size == 0 { return ([], version) }
    do throws(Failure) {
      let tag = version.state.tag
      return (try store.read(key(name), from: 0, count: version.state.size, tag: tag.isEmpty ? nil : tag).bytes, version)
    } catch {
      // It may have gone meanwhile.
      if error.code == .missing { return nil }
      throw error.of(place(name))
    }
  }

  /// Writes a small object, where there is still that version of it, or still none.
  ///
  /// - Returns: the new version.
  /// - Throws: `Failure`, `file.changed-while-read` where another wrote meanwhile.
  package func write(_ bytes: [UInt8], to name: String, replacing version: Version?) throws(Failure) -> Version {
    do throws(Failure) {
      let digest: String
      digest = Digest256.sha256(bytes).hex
      let description = ObjectDescription(type: Self.type(of: name), digest: digest)
      try store.write(key(name), .bytes(bytes), description, condition(version))
      guard let state = try store.state(of: key(name)), state.digest == digest else { throw Failure(.changed) }
      return Version(state: state)
    } catch {
      throw error.of(place(name))
    }
  }

  /// A version that no object is.
  package var nowhere: Version {
    Version(state: ObjectState(size: 0, ["etag": "\"0x0\"", "x-goog-generation": "1"], store.dialect))
  }

  /// Puts a file that was ended in the place of a version, or of none, unless it holds the same bytes.
  ///
  /// - Parameters:
  ///   - digest: SHA-256 of its bytes, hex.
  package func put(
    _ file: borrowing StagedFile, digest: String, at name: String, replacing version: Version?
  ) throws(Failure) {
    if let state = version?.state, state.digest == digest, state.size == file.size { return }
    do throws(Failure) {
      let description = ObjectDescription(type: Self.type(of: name), digest: digest)
      try store.write(key(name), file.source, description, condition(version))
    } catch {
      throw error.of(place(name))
    }
  }

  /// Removes an object.
  ///
  /// - Parameter seen: the version that is meant; nothing for whichever is there.
  package func remove(_ name: String, seen: Version? = nil) throws(Failure) {
    do throws(Failure) { try store.remove(key(name), seen: seen?.state) } catch { throw error.of(place(name)) }
  }

  /// Removes an object that was put in place here by whichever run: not what somebody else wrote.
  package func removePut(_ name: String) throws(Failure) {
    if let version = try version(of: name), version.wasPut { try remove(name, seen: version) }
  }

  /// Ends uploads in parts of some names that a run left which died. A store that keeps no list of them has none.
  package func abortUploads(of names: [String]) throws(Failure) {
    do throws(Failure) { try store.abortUploads(under: address.folder, of: Set(names.map(key))) } catch {
      if error.code != .refused { throw error.of(address) }
    }
  }

  private func key(_ name: String) -> String { address.folder + name }
  private func place(_ name: String) -> ObjectAddress { address.object(key(name)) }

  private func condition(_ version: Version?) -> WriteCondition {
    version.map { .replacing($0.state) } ?? .new
  }

  /// The media type that a name speaks for.
  private static func type(of name: String) -> String {
    let types = [".json": "application/json", ".ndjson": "application/x-ndjson", ".gz": "application/gzip", ".zst": "application/zstd"]
    return types.first { name.hasSuffix($0.key) }?.value ?? "application/octet-stream"
  }
}
