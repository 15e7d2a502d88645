internal import ScrubArchive
internal import ScrubLedger
internal import ScrubPolicy

/// Reads requests: in YAML of our own, or as OpenDSR 2.0 writes them in JSON.
package enum RequestFile {
  /// Reads one request.
  ///
  /// - Parameter name: a file, or `-` for standard input.
  package static func read(_ name: String) throws(ScrubRefusal) -> AccessRequest {
    try read(name, text: try text(of: name))
  }

  static func text(of name: String) throws(ScrubRefusal) -> String {
    do throws(Failure) { return try GivenFile.readText(name) } catch { throw .file(error) }
  }

  /// The request in a text.
  ///
  /// - Parameter name: of the file that it was read from.
  static func read(_ name: String, text: String) throws(ScrubRefusal) -> AccessRequest {
    let file = name == "-" ? "standard input" : name
    if text.first(where: { !$0.isWhitespace }) == "{" { return try OpenDSRRequest.read(text, file: file) }
    return try read(yaml: text, file: file)
  }

  private static func read(yaml text: String, file: String) throws(ScrubRefusal) -> AccessRequest {
    let (entry, readFindings) = RequestEntry.reading(
      yaml: text, file: file, kinds: BookedRequest.Kind.allCases.map(\.rawValue), laws: Law.allCases.map(\.rawValue),
      relations: AccessRequest.Relation.allCases.map(\.rawValue), formats: Subject.Format.allCases.map(\.rawValue))
    var findings = readFindings
    func report(_ place: Policy.Place, _ message: String, _ mend: String) {
      findings.append(
        Diagnostic(.badValue, file: file, line: place.line, column: place.column, message: message, mend: mend))
    }
    // What has not happened yet is no evidence.
    func past(_ text: String, _ place: Policy.Place, _ what: String) -> Day? {
      let day = Day(text)
      if day == nil { report(place, "\(what) is a day", "write it as 2026-11-24") }
      if let day, day > Day.latest { report(place, "\(what) is still to come", "check the day") }
      return day
    }
    var request = AccessRequest(id: entry.id ?? "")
    if let id = entry.id, !ForgetRun.isRequest(id) {
      report(
        Policy.Place(line: 1, column: 1), "the id of a request is 1 to 64 letters, digits, dashes and underscores",
        "choose another id")
    }
    if let received = entry.received {
      request.received = Day(received.text)
      if request.received == nil { report(received.place, "received is a day", "write it as 2026-11-24") }
    }
    request.kind = entry.kind.flatMap { BookedRequest.Kind(rawValue: $0) }
    request.law = entry.law.flatMap { Law(rawValue: $0) } ?? .gdpr
    request.relation = entry.relation.flatMap { AccessRequest.Relation(rawValue: $0) } ?? .oneself
    request.workspaces = entry.workspaces
    (request.includedProfiles, request.excludedProfiles) = entry.profiles
    if let verified = entry.verified {
      if let day = past(verified.on, verified.place, "the day of a check of identity") {
        request.verified = AccessRequest.Verification(by: verified.by, on: day, method: verified.method)
        if let received = request.received, day < received {
          report(verified.place, "the day of a check of identity is before the request came in", "check both days")
        }
      }
    }
    if let approved = entry.approved {
      if let day = past(approved.on, approved.place, "the day of an approval") { request.approved = (approved.by, day) }
    }
    request.grounds = entry.grounds
    for subject in entry.subjects {
      do throws(SubjectProblem) {
        let format = Subject.Format(rawValue: subject.format) ?? .raw
        request.subjects.append(try Subject(kind: subject.kind, value: subject.value, format: format))
      } catch {
        report(subject.place, error.message, error.mend)
      }
    }
    if !findings.isEmpty { throw .request(findings.sorted { ($0.line, $0.column) < ($1.line, $1.column) }) }
    return request
  }
}

/// What is wrong with an identifier; never its value.
package struct SubjectProblem: Error, Sendable {
  package let message: String
  package let mend: String
}

extension Subject {
  package init(kind name: String, value: String, format: Format) throws(SubjectProblem) {
    switch format {
    case .raw:
      self.init(try Identifier(kind: name, value: value))
    case .md5, .sha1, .sha256:
      let identifier = try Identifier(kind: name, value: value.lowercased())
      guard Subject.Format.isHex(identifier.value), identifier.value.count == format.digits else {
        throw SubjectProblem(
          message: "a \(format.rawValue) identifier is \(format.digits) hex digits", mend: "check value and format")
      }
      self.init(identifier, format: format)
    }
  }
}

extension Subject.Format {
  /// Whether bytes may be the digest of something.
  static func isDigest(_ bytes: [UInt8]) -> Bool {
    allCases.contains { $0.digits == bytes.count } && isHex(bytes.map { $0 | 0x20 })
  }

  fileprivate static func isHex(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { ($0 &- 0x30 < 10) || ($0 &- 0x61 < 6) } }

  /// Hex digits of the digest; 0 for values that are none.
  var digits: Int {
    switch self {
    case .raw: 0
    case .md5: 32
    case .sha1: 40
    case .sha256: 64
    }
  }
}
