import Foundation
import ScrubNative

@testable import ScrubOperations

/// Receipts of made-up erasures, one for each state.
enum ReceiptSample {
  static func receipt(_ state: Receipt.State) -> Receipt {
    var receipt = Receipt(run: "2026-11-23T191500Z-erase", request: "DSR-114")
    receipt.request.grounds = ["consent withdrawn (Art. 17(1)(b))"]
    receipt.request.received = "2026-11-02"
    receipt.request.due = "2026-12-02"
    receipt.executed = "2026-11-23T19:15:42Z"
    receipt.operatedBy.account = "privacy"
    receipt.operatedBy.host = "archive-1"
    receipt.tool.version = "0.1.0"
    receipt.tool.binary = String(repeating: "ab", count: 32)
    receipt.tool.openssl = "OpenSSL 3.0.22 made up for a test"
    receipt.policy = Receipt.Policy(name: "gdpr", sha256: String(repeating: "cd", count: 32))
    receipt.keys = [Receipt.Key(id: "k1", check: "2fab3f42f2308a39")]
    receipt.subject.fingerprints = ["0f1e2d3c4b5a6978"]
    receipt.subject.identifiers = ["braze_id": 2, "email": 1, "external_user_id": 1]
    receipt.identityCheck = Receipt.IdentityCheck(
      AccessRequest.Verification(by: "privacy desk", on: Day(number: 20_761), method: "signed in"))
    receipt.archives = [
      Receipt.Archive(path: "/data/currents", files: 5, events: 4_000),
      Receipt.Archive(path: "/data/clean <agency> & \"more\"", files: 3, events: 2_000),
    ]
    receipt.evidenceHead = "7:" + String(repeating: "0f", count: 32)
    receipt.events.scanned = 6_000
    receipt.files.scanned = 8
    receipt.files.unchanged = 8
    if state != .nothingFound { fill(&receipt, state) }
    receipt.state = state
    receipt.reasons = receipt.impliedReasons.map(\.rawValue) + (state == .refused ? [ReceiptReason.tooMany.rawValue] : [])
    return receipt
  }

  private static func fill(_ receipt: inout Receipt, _ state: Receipt.State) {
    let isRefused = state == .refused
    var open = Receipt.Counts()
    open.matched = 90
    open.deleted = isRefused ? 0 : 90
    open.left = isRefused ? 90 : 0
    var click = Receipt.Counts()
    click.matched = 30
    click.blanked = isRefused ? 0 : 30
    click.left = isRefused ? 30 : 0
    receipt.events.types = ["users.messages.email.Open": open, "users.messages.email.Click": click]
    if state == .completeExcept { keep(&receipt) }
    if !isRefused { rewrite(&receipt) }
    if state == .incomplete { spoil(&receipt) }
    receipt.events.total = receipt.events.types.values.reduce(into: Receipt.Counts()) { $0 += $1 }
    receipt.residual.sweep = .count
    receipt.residual.places = [
      Receipt.Residual.Place(
        eventType: "users.behaviors.CustomEvent", destination: "storage", path: "properties.note", count: 3, redacted: 1)
    ]
    receipt.recipients.status = .known
    receipt.recipients.audiences = [
      Receipt.Recipients.Audience(audience: "agency", file: "recipients/agency.csv", tokens: 4)
    ]
    receipt.vaultRowsRemoved = 2
    receipt.suppression = "s-000017"
  }

  /// Two rewritten files with all that was deleted, blanked and kept.
  private static func rewrite(_ receipt: inout Receipt) {
    let total = receipt.events.types.values.reduce(into: Receipt.Counts()) { $0 += $1 }
    var first = Receipt.RewrittenFile(archive: 0, path: "dataexport/date=2026-11-01/part \"1\" <b>.avro")
    first.counts.matched = total.deleted + total.kept
    first.counts.deleted = total.deleted
    first.counts.kept = total.kept
    var second = Receipt.RewrittenFile(archive: 1, path: "segment/été-\u{1F600}.ndjson.gz")
    second.counts.matched = total.blanked
    second.counts.blanked = total.blanked
    for (var file, events) in [(first, 1_200), (second, 700)] {
      file.before.events = events
      file.before.size = events * 300
      file.before.keyedDigest = String(repeating: "12", count: 32)
      file.after.events = events - file.counts.deleted
      file.after.size = file.after.events * 300
      file.after.sha256 = String(repeating: "9a", count: 32)
      receipt.rewritten.append(file)
    }
    receipt.files.unchanged -= 2
    receipt.files.rewritten = 2
    receipt.verification.filesReadBack = 2
  }

  private static func keep(_ receipt: inout Receipt) {
    var kept = Receipt.Counts()
    kept.matched = 12
    kept.kept = 7
    kept.held = 5
    receipt.events.types["users.behaviors.subscription.GlobalStateChange"] = kept
    receipt.retained = [
      Receipt.Retained(kind: .keep, basis: "proof of consent, Art. 17(3)(b)", owner: "legal", review: "2027-11-23", events: 7),
      Receipt.Retained(kind: .hold, basis: "litigation 2026-14", owner: "legal", review: "2027-02-01", events: 5),
    ]
  }

  private static func spoil(_ receipt: inout Receipt) {
    receipt.files.unchanged -= 1
    receipt.files.failed = 1
    receipt.files.unreadable = 1
    receipt.gaps = [
      Receipt.Gap(archive: 0, path: "dataexport/date=2026-11-02/part-2.avro", code: "avro.bad-compression", places: 2),
      Receipt.Gap(archive: 0, path: "dataexport/date=2026-11-03/part-3.avro", code: "file.unreadable"),
      Receipt.Gap(archive: 0, path: "dataexport/date=2026-11-04/part-4.avro", code: "file.no-space"),
    ]
    receipt.notSearchable.files = ["k0": 1]
    receipt.notSearchable.nameless = 4
    receipt.leftOut = ["/data/older"]
    var left = Receipt.Counts()
    left.matched = 3
    left.left = 3
    left.heldBack = 11
    receipt.events.types["users.messages.sms.Delivery"] = left
  }

  static let key = try? SigningKey(
    seed: unsafe SecretBytes(count: 32) { memory in for index in 0..<32 { unsafe memory[index] = UInt8(index) } })
}
