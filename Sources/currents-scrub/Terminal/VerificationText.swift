internal import ScrubOperations
internal import ScrubPolicy

/// What a proof came to, in a terminal: what speaks against it, then the verdict.
struct VerificationText {
  private let verification: Verification
  private let isColoured: Bool

  init(_ verification: Verification, isColoured: Bool) {
    self.verification = verification
    self.isColoured = isColoured
  }

  var text: String { clear + content + manifest + ending }

  private static let listed = 50

  private var clear: String {
    guard !verification.clear.isEmpty else { return "" }
    var table = Table(["not as the policy says", "event type", "destination", "values", "expected", "first file"], right: [3])
    for one in verification.clear.prefix(Self.listed) {
      table.add(
        path(one), one.event.isEmpty ? "(no known type)" : one.event,
        one.destination, grouped(one.values), one.expected, visible(one.files.first ?? ""))
    }
    return table.text() + more(verification.clear.count) + "\n"
  }

  private func path(_ one: Verification.Clear) -> String {
    if one.path.isEmpty { return "(whole events)" }
    guard let first = one.members.first else { return visible(one.path) }
    return "unknown: " + visible(first) + (one.members.count > 1 ? ", ..." : "")
  }

  private var content: String {
    guard !verification.content.isEmpty else { return "" }
    var table = Table(["looks personal", "as", "destination", "values", "events", "kept by"], right: [3, 4])
    for one in verification.content.prefix(Self.listed) {
      table.add(
        visible(one.path), one.kind, one.destination, grouped(one.values), grouped(one.events.count),
        one.rule + (one.because.map { ", because: \($0)" } ?? ""))
    }
    return table.text() + more(verification.content.count) + "\n"
  }

  private var manifest: String {
    guard !verification.manifest.isEmpty else { return "" }
    var table = Table(["folder and manifest differ", "file"])
    for one in verification.manifest.prefix(Self.listed) {
      table.add("\(one.message) [\(one.code)]", visible(one.path))
    }
    return table.text() + more(verification.manifest.count) + "\n"
  }

  private func more(_ count: Int) -> String {
    count > Self.listed ? "and \(grouped(count - Self.listed)) more: see --json\n" : ""
  }

  private var ending: String {
    let totals = verification.totals
    let read =
      "\(counted(totals.files, "file")), \(counted(totals.events, "event")), "
      + "\(counted(totals.treatedValues, "treated value")), \(grouped(totals.pseudonyms)) of them pseudonyms"
    let (word, rest, colour): (String, String, Colour) =
      switch verification.state {
      case .proved:
        (
          "proved",
          "no marked or personal field holds a clear value" + kept + (verification.comparedPlans ? ", under this very plan" : ""), .done
        )
      case .incomplete: ("incomplete", "\(counted(totals.unread, "place")) could not be read", .incomplete)
      case .failed: ("failed", reasons, .failed)
      case .interrupted: ("interrupted", "not everything was read", .incomplete)
      }
    let shown = colour.of(word, isColoured)
    return "\(read)\n\(keys)\(shown): \(rest).\n"
  }

  private var kept: String {
    let fields = verification.kept
    return PageText.exceptions(
      Set(fields.map(\.field)), inPart: fields.contains { $0.action != .keep }, forReasons: fields.allSatisfy { $0.because != nil })
  }

  /// Which keys of a keyring made the files.
  private var keys: String {
    let keys = verification.keys.compactMap { key in
      key.state.map { "\(key.id) (\($0)) made \(counted(key.files, "file"))" }
    }
    return keys.isEmpty ? "" : "keys: \(keys.joined(separator: ", "))\n"
  }

  private var reasons: String {
    let values = verification.clear.reduce(0) { $0 + $1.values }
    let texts = verification.content.filter { $0.because == nil }.reduce(0) { $0 + $1.values }
    return [
      (values, "not as the policy says: \(counted(values, "value")) or events"),
      (texts, "\(counted(texts, "text")) that look personal are kept without a reason"),
      (verification.manifest.count, "folder and manifest differ in \(counted(verification.manifest.count, "place"))"),
    ].filter { $0.0 > 0 }.map(\.1).joined(separator: "; ")
  }
}
