package import ScrubNative

/// Whether an evidence log is as it was written.
package struct EvidenceCheck: Sendable {
  /// What is wrong with a line.
  package enum Code: String, CaseIterable, Sendable {
    /// It has not the form of a line.
    case malformed = "evidence.malformed-line"
    /// It was edited, inserted or moved, or a line before it was.
    case mac = "evidence.wrong-mac"
    /// Lines are missing before it, or it stands there twice.
    case sequence = "evidence.wrong-sequence"
    /// It ends in the middle: cut off, or never written to its end.
    case torn = "evidence.torn-line"
    /// The head that was asked for is not in the log: lines were cut off, or all were written anew.
    case headMissing = "evidence.head-missing"

    package var message: String {
      switch self {
      case .malformed: "the line has not the form of one"
      case .mac: "the line was edited, inserted or moved, or the line before it was"
      case .sequence: "the line's number does not follow that of the line before"
      case .torn: "the last line has no end"
      case .headMissing: "the log does not hold the head that was given"
      }
    }
  }

  package struct Finding: Hashable, Sendable {
    package let segment: String
    /// From 1.
    package let line: Int
    package let code: Code
  }

  package private(set) var segments = 0
  package private(set) var lines = 0
  package private(set) var head = EvidenceHead.start
  package private(set) var findings: [Finding] = []

  /// Reads every line of the log in a state folder.
  ///
  /// - Parameter known: a head that the log must hold, as `EvidenceHead.text` tells it.
  /// - Throws: `LedgerProblem` when a segment cannot be read.
  package init(of stateFolder: String, key: SecretBytes, holding known: String? = nil) throws(LedgerProblem) {
    let files = EvidenceSegments(folder: stateFolder + "/" + EvidenceLog.folder)
    let digest: KeyedDigest
    do throws(NativeError) { digest = try KeyedDigest(key) } catch { throw LedgerProblem(.evidenceUnreadable) }
    var isKnownFound = known == nil
    var expired = try Self.expired(files)
    // What is gone by right cannot be asked for.
    if let known = known.flatMap({ EvidenceHead(text: $0) }), let expired, known.sequence <= expired.sequence { isKnownFound = true }
    for name in files.names() {
      segments += 1
      let (texts, _, isTorn) = try files.lines(of: name)
      for (index, text) in texts.enumerated() {
        lines += 1
        if let end = expired {
          let here = Self.head(of: text)
          // A crash left the end of what expired.
          if let here, here.sequence < end.sequence { continue }
          head = end
          expired = nil
          if here == end { continue }
        }
        if let code = take(text, digest) { findings.append(Finding(segment: name, line: index + 1, code: code)) }
        if head.text == known { isKnownFound = true }
      }
      if isTorn { findings.append(Finding(segment: name, line: texts.count + 1, code: .torn)) }
    }
    if !isKnownFound { findings.append(Finding(segment: files.names().last ?? "", line: lines, code: .headMissing)) }
  }

  /// With what the lines end that are gone; nothing where all are there. That the line which tells it is genuine, the
  /// lines behind the gap prove, which it is one of.
  private static func expired(_ files: EvidenceSegments) throws(LedgerProblem) -> EvidenceHead? {
    let names = files.names()
    for name in names {
      guard let first = try files.lines(of: name).lines.first else { continue }
      if head(of: first)?.sequence == 1 { return nil }
      break
    }
    for name in names.reversed() {
      for text in try files.lines(of: name).lines.reversed() {
        if let told = EvidenceLine(text)?.entry?.expired { return EvidenceHead(text: told) }
      }
    }
    return nil
  }

  private static func head(of bytes: ArraySlice<UInt8>) -> EvidenceHead? {
    guard let line = EvidenceLine(bytes), let entry = line.entry else { return nil }
    return EvidenceHead(sequence: entry.sequence, mac: line.mac)
  }

  /// Takes the next line. The one behind it is judged by what this one says, so that one change is one finding or two.
  private mutating func take(_ bytes: ArraySlice<UInt8>, _ digest: KeyedDigest) -> Code? {
    guard let line = EvidenceLine(bytes), let entry = line.entry else { return .malformed }
    let before = head
    head = EvidenceHead(sequence: entry.sequence, mac: line.mac)
    guard let mac = try? EvidenceLine.mac(of: line.body, after: before, key: digest), mac == line.mac else { return .mac }
    return entry.sequence == before.sequence &+ 1 ? nil : .sequence
  }
}
