internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
package import ScrubPolicy

/// Pairs of pseudonyms of the same values: under the key that was active, and under the one that takes its place.
package struct RotationTable: Sendable {
  private let treatment: Treatment
  private let audience: String?
  private let values: String
  private let path: String

  /// - Parameters:
  ///   - kind: of the values; they get the pseudonyms that the policy gives values of the kind.
  ///   - values: the file with the values, one a line; `-` for standard input.
  ///   - path: where the table goes; nothing may stand there.
  /// - Throws: `ScrubRefusal.usage` where the policy gives the kind no pseudonyms: its outputs would hold none of the pairs.
  package init(_ checked: CheckedPolicy, kind: ValueKind, values: String, path: String) throws(ScrubRefusal) {
    guard let treatment = Treatment.pseudonyms(of: kind, in: checked.compiler).first else {
      throw .usage("the policy hashes no \(kind.rawValue): there is nothing to make a table of")
    }
    self.treatment = treatment
    audience = checked.policy.audience
    self.values = values
    self.path = path
  }

  /// Writes the table, whole or not at all, for its owner only.
  ///
  /// - Returns: how many values there were; those without a pseudonym are left out.
  package func write(from former: Keyring.Entry, to new: Keyring.Entry) throws(ScrubRefusal)
    -> PseudonymLines.Result
  {
    if FileIdentity(path: path) != nil { throw .file(Failure(.exists, path: path)) }
    guard let old = former.key(audience: audience), let new = new.key(audience: audience) else {
      throw .key(KeyRefusal(code: .noActive))
    }
    do {
      var output = try StagedFile.create(temporary: "\(path).\(getpid()).tmp")
      let result = try write(old, new, to: &output)
      _ = try output.finish()
      try output.put(at: path, mode: 0o600)
      guard syncAll(path) else { throw Failure(.unwritable, path: path) }
      return result
    } catch let failure as Failure {
      throw .file(failure)
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
  }

  /// Removes the table of a rotation that did not come about.
  package func remove() { unsafe _ = unlink(path) }

  private func write(
    _ oldKey: MasterKey, _ newKey: MasterKey, to output: inout StagedFile
  ) throws -> PseudonymLines.Result {
    var old = Converter(oldKey)
    var new = Converter(newKey)
    guard let ofOld = try old.prepare(treatment), let ofNew = try new.prepare(treatment) else { return PseudonymLines.Result() }
    var input = values == "-" ? InputFile.standardInput() : try InputFile.open(path: values, digestKey: nil)
    var result = PseudonymLines.Result()
    var text = ByteSink()
    try output.write(Array("old,new\n".utf8))
    try input.eachLine { bytes, line in
      result.lines += 1
      text.removeAll()
      guard let line, try old.isWritten(bytes, line, ofOld, to: &text) else {
        result.refused += 1
        return
      }
      text.append(UInt8(ascii: ","))
      _ = try new.isWritten(bytes, line, ofNew, to: &text)
      text.append(0x0a)
      try output.write(text.bytes)
    }
    return result
  }
}
