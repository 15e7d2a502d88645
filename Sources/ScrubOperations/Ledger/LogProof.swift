internal import ScrubLedger

/// What the proof of an evidence log came to, as `verify log --json` prints it.
package struct LogProof: Document, Sendable {
  package struct Finding: Encodable, Sendable {
    package let segment: String
    package let line: Int
    package let code: String
    package let message: String
  }

  package var schema = "currents-scrub/log-proof/1"
  package let segments: Int
  package let lines: Int
  /// Number and MAC of the last line.
  package let head: String
  package let findings: [Finding]
  package let exit: Int

  /// Reads the whole log of a state folder.
  ///
  /// - Parameter head: a head that the log must hold.
  package init(of stateFolder: String, holding head: String?) throws(ScrubRefusal) {
    if let head, EvidenceHead(text: head) == nil { throw .usage("--head is the number and the MAC of a line, as `verify log` shows it: 12:9f3c...") }
    guard let stateKey = StateKey.existing(in: stateFolder) else { throw .key(KeyRefusal(code: .noState)) }
    let key = try StateFolder.evidenceKey(stateKey)
    let check: EvidenceCheck
    do throws(LedgerProblem) {
      check = try EvidenceCheck(of: stateFolder, key: key, holding: head)
    } catch {
      throw .ledger(error, path: stateFolder + "/" + EvidenceLog.folder)
    }
    segments = check.segments
    lines = check.lines
    self.head = check.head.text
    findings = check.findings.map {
      Finding(segment: $0.segment, line: $0.line, code: $0.code.rawValue, message: $0.code.message)
    }
    exit = findings.isEmpty ? 0 : 3
  }
}
