internal import ScrubNative
package import ScrubPolicy

/// What outputs and reports say of a key.
package struct KeyMark: Document, Hashable, Sendable {
  package let schema = "currents-scrub/key/1"
  package let id: String
  package let check: String
  /// Nothing for a key of no keyring.
  package let state: KeyringEntry.State?

  /// `id:check value`, as manifests and metadata spell it.
  package var text: String { "\(id):\(check)" }

  enum CodingKeys: CodingKey { case schema, id, check }
}

/// What a policy's reference to a key leads to.
package struct PolicyKeys: Sendable {
  /// The key that makes pseudonyms.
  package let active: MasterKey
  package let mark: KeyMark
  /// Of the keys of a keyring that made pseudonyms earlier.
  package let formerMarks: [KeyMark]

  init(active: MasterKey, mark: KeyMark, formerMarks: [KeyMark] = []) {
    self.active = active
    self.mark = mark
    self.formerMarks = formerMarks
  }

  /// Reads the key, or the keyring.
  ///
  /// - Parameter inputs: paths of the run's inputs, in which no key may lie.
  package static func read(
    _ reference: Policy.KeyReference, audience: String?, inputs: [String]
  ) throws(ScrubRefusal) -> PolicyKeys {
    let (subject, text): (String, () throws(KeyRefusal) -> SecretBytes)
    switch reference.source {
    case .keyring(let path): return try Keyring.read(path, inputs: inputs).policyKeys(audience: audience)
    case .environment(let name): (subject, text) = (name, { () throws(KeyRefusal) in try MasterKey.environment(name) })
    case .file(let path): (subject, text) = (path, { () throws(KeyRefusal) in try MasterKey.file(path, inputs: inputs) })
    case .command(let arguments):
      // Its arguments may be secrets.
      (subject, text) = (arguments.first ?? "", { () throws(KeyRefusal) in try KeyCommand.output(of: arguments) })
    }
    return try ScrubRefusal.ofKey { () throws(KeyRefusal) in
      try KeyRefusal.naming(subject) { () throws(KeyRefusal) in
        let key = MasterKey(try KeyText.decode(text()), id: reference.id ?? "", audience: audience)
        return PolicyKeys(active: key, mark: try key.mark())
      }
    }
  }
}

extension MasterKey {
  /// - Parameter state: what the keyring says of it.
  package func mark(state: KeyringEntry.State? = nil) throws(KeyRefusal) -> KeyMark {
    do throws(NativeError) { return KeyMark(id: keyID, check: try checkValue(), state: state) } catch {
      throw KeyRefusal(code: .native)
    }
  }
}
