internal import Foundation
internal import Glibc

/// Who was erased, by keyed fingerprints: so that a restored backup or a late file is known again, and so that what other
/// people shared with them is not taken for theirs alone.
package struct SuppressionList: Sendable {
  /// The file in the state folder: a line of JSON an erased person.
  package static let name = "suppressions.ndjson"

  /// An identifier, without telling it.
  package struct Fingerprint: Codable, Hashable, Sendable {
    package let kind: String
    /// 32 hex digits: HMAC-SHA256 under the state key, its first 16 bytes.
    package let fingerprint: String

    package init(kind: String, fingerprint: String) {
      self.kind = kind
      self.fingerprint = fingerprint
    }
  }

  package struct Entry: Codable, Hashable, Sendable {
    /// The run, and the request where a run has several.
    package let entry: String
    package let request: String
    /// The day on which the request came in: `YYYY-MM-DD`.
    package let received: String?
    /// What leads to the person and to nobody else.
    package let person: [Fingerprint]
    /// What others carried too.
    package let shared: [Fingerprint]

    package init(
      entry: String, request: String, received: String?, person: [Fingerprint], shared: [Fingerprint]
    ) {
      self.entry = entry
      self.request = request
      self.received = received
      self.person = person
      self.shared = shared
    }
  }

  package private(set) var entries: [Entry] = []

  /// Reads the list of a state folder; empty where there is none.
  package init(of stateFolder: String) throws(LedgerProblem) {
    let path = stateFolder + "/" + Self.name
    if unsafe access(path, F_OK) != 0 { return }
    guard let text = SyncedLines.whole(path) else { throw LedgerProblem(.suppressionUnreadable) }
    for line in text.lines {
      guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)) else {
        throw LedgerProblem(.suppressionUnreadable)
      }
      entries.append(entry)
    }
  }

  /// Adds entries that are not there yet, on the disk when this returns.
  package static func add(_ entries: [Entry], in stateFolder: String) throws(LedgerProblem) {
    let path = stateFolder + "/" + name
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerProblem(.suppressionUnwritable) }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      close(descriptor)
      throw LedgerProblem(.suppressionUnwritable)
    }
    var file = SyncedLines(descriptor, size: SyncedLines.whole(path)?.size ?? 0, failing: .suppressionUnwritable)
    let known = Set(try SuppressionList(of: stateFolder).entries.map(\.entry))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for entry in entries where !known.contains(entry.entry) {
      let line: Data
      do { line = try encoder.encode(entry) } catch { throw LedgerProblem(.suppressionUnwritable) }
      try file.append(Array(line))
    }
  }
}
