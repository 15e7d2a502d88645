internal import ScrubArchive
internal import ScrubNative
package import ScrubPolicy

/// Everything that a night is told, with paths that lead where the file's author meant them to: from its folder.
package struct NightlyConfig: Sendable {
  /// As it was given.
  package let file: String
  package private(set) var entry: NightlyEntry
  /// SHA-256 of its bytes, hex.
  package let digest: String

  /// Reads a configuration.
  ///
  /// - Parameter stateFolder: where state is unless the file tells it.
  /// - Throws: `.file` where it cannot be read, `.configuration` with everything that is wrong in it.
  package static func read(_ file: String, stateFolder: String) throws(ScrubRefusal) -> NightlyConfig {
    let text: String
    do throws(Failure) { text = try GivenFile.readText(file) } catch { throw .file(error) }
    var (entry, findings) = NightlyEntry.reading(yaml: text, file: file)
    let law = Law(rawValue: entry.law)
    if law == nil { entry.law = Law.gdpr.rawValue }
    findings += overlaps(entry, file)
    if !findings.isEmpty { throw .configuration(findings.sorted { ($0.line, $0.column) < ($1.line, $1.column) }) }
    func path(_ name: String) -> String { GivenFile.beside(file, name) }
    func place(_ name: String) -> String { StoreAddresses.isAddress(name) ? realPath(name) : path(name) }
    entry.state = entry.state.map(path) ?? stateFolder
    entry.key = entry.key?.beside(file)
    for index in entry.archives.indices {
      entry.archives[index].input = place(entry.archives[index].input)
      entry.archives[index].output = entry.archives[index].output.map(place)
      entry.archives[index].policy = entry.archives[index].policy.map { $0.hasPrefix("builtin:") ? $0 : path($0) }
    }
    if let requests = entry.requests {
      entry.requests?.inbox = path(requests.inbox)
      entry.requests?.packages = path(requests.packages)
      entry.requests?.controller = requests.controller.map(path)
    }
    entry.holds = entry.holds.map(path)
    entry.metrics = entry.metrics.map(path)
    entry.reports = path(entry.reports)
    entry.quarantine = entry.quarantine.map(path)
    entry.signingKey = entry.signingKey.map(path)
    return NightlyConfig(file: file, entry: entry, digest: Digest256.sha256(text).hex)
  }

  package var stateFolder: String { entry.state ?? "" }
  /// Of one night, made anew for each.
  package var law: Law { Law(rawValue: entry.law) ?? .gdpr }

  /// Two archives that hold one file would treat it twice, and an output in an archive would be taken for events.
  private static func overlaps(_ entry: NightlyEntry, _ file: String) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    func report(_ archive: NightlyEntry.Archive, _ message: String, _ mend: String) {
      findings.append(
        Diagnostic(
          .badValue, file: file, line: archive.place.line, column: archive.place.column, message: message, mend: mend))
    }
    for archive in entry.archives {
      do throws(ScrubRefusal) { try StoreAddresses.checkInputs([archive.input] + [archive.output].compactMap(\.self)) } catch {
        report(archive, error.sentence, "write it as \(ObjectAddress.Service.s3.form)")
      }
    }
    // A folder that is not named lies nowhere.
    if !findings.isEmpty || entry.archives.contains(where: \.input.isEmpty) { return findings }
    func place(_ name: String) -> String { realPath(GivenFile.beside(file, name)) }
    let inputs = entry.archives.map { place($0.input) }
    let outputs = entry.archives.map { $0.output.map(place) }
    let own: [(String, String?)] = [
      ("state", entry.state), ("reports", entry.reports), ("quarantine", entry.quarantine),
      ("packages", entry.requests?.packages), ("metrics", entry.metrics),
    ]
    for (number, archive) in entry.archives.enumerated() {
      for (name, folder) in own.compactMap({ name, folder in folder.map { (name, place($0)) } }) {
        let isWithin = [inputs[number], outputs[number]].contains { $0.map { isInside(folder, $0) } ?? false }
        if isWithin { report(archive, "`\(name)` lies in its input or its output", "give `\(name)` another place") }
      }
      for other in entry.archives.indices where other != number && isInside(inputs[number], inputs[other]) {
        report(archive, "its input lies in that of another archive", "name each folder once")
      }
      guard let output = outputs[number] else { continue }
      if inputs.contains(where: { isInside(output, $0) || isInside($0, output) }) {
        report(archive, "its output lies in an input, or holds one", "keep outputs apart from archives")
      }
      for other in entry.archives.indices where other != number {
        guard let second = outputs[other], isInside(output, second) else { continue }
        report(archive, "its output is that of another archive, or lies in it", "give each archive an output of its own")
      }
    }
    return findings
  }
}

extension Policy.KeyReference {
  /// The same with its path told from the folder of a file.
  func beside(_ file: String) -> Self {
    switch source {
    case .file(let name): Self(source: .file(GivenFile.beside(file, name)), id: id, place: place)
    case .keyring(let name): Self(source: .keyring(GivenFile.beside(file, name)), id: id, place: place)
    case .environment, .command: self
    }
  }
}
