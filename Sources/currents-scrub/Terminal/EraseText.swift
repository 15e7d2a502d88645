internal import ScrubArchive
internal import ScrubOperations
internal import ScrubPolicy

/// What an erasure came to, for people.
struct EraseText {
  private let result: EraseResult
  private let isColoured: Bool

  init(_ result: EraseResult, isColoured: Bool) {
    self.result = result
    self.isColoured = isColoured
  }

  var whole: String {
    var text = "\(counted(result.files, "file")), \(counted(result.events, "event")), "
    text += "\(grouped(result.passes)) \(result.passes == 1 ? "pass" : "passes")\n"
    for answer in result.recovered { text += "finished what was cut off\n" + of(answer, isToCome: false) }
    for answer in result.requests { text += of(answer, isToCome: result.dryRun && answer.state != .refused) }
    let files = counted(max(result.rewritten, 0), "file")
    if result.rewritten > 0 { text += result.dryRun ? "\(files) would be rewritten\n" : "\(files) rewritten\n" }
    if result.earlierVersions > 0 {
      let versions = counted(result.earlierVersions, "earlier version")
      text += result.dryRun ? "\(versions) would be removed for good, and each that is replaced\n" : "\(versions) removed for good\n"
    }
    if let plan = result.plan { text += "plan: \(visible(plan))\n" }
    return text + last
  }

  /// What became of values that stand elsewhere.
  private func became(_ place: Receipt.Residual.Place, _ sweep: Receipt.Residual.Sweep) -> String {
    let kept = place.kept ?? 0
    if kept == place.count { return "kept" }
    let rest = place.redacted + kept == place.count ? "redacted" : sweep == .redact ? "would be redacted" : "left"
    return kept == 0 ? rest : "\(grouped(kept)) of them kept, the others \(rest)"
  }

  /// - Parameter isToCome: whether nothing of it was done yet.
  private func of(_ answer: EraseResult.Answer, isToCome: Bool) -> String {
    var lines = ["request \(answer.request): \(answer.state.rawValue)\(isToCome ? " (nothing is done yet)" : "")"]
    if answer.state == .refused {
      let reason = answer.reasons.first ?? ""
      lines.append("  \(Self.reason(reason)) [\(reason)]")
      lines += ExportText.lines(answer.choices)
    }
    let counts = answer.counts
    let parts = [
      (counts.deleted, isToCome ? "to be deleted" : "deleted"), (counts.blanked, isToCome ? "to be blanked" : "blanked"),
      (counts.kept, "kept in part"), (counts.held, "on hold"),
      (counts.left, "left as they are"),
    ]
    .filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    if counts.matched > 0 { lines.append("  \(counted(counts.matched, "event")): \(parts.joined(separator: ", "))") }
    if !answer.identifiers.isEmpty && counts.matched > 0 {
      let kinds = answer.identifiers.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      lines.append("  known by \(kinds.joined(separator: ", "))")
    }
    if !answer.heldBack.isEmpty {
      let kinds = answer.heldBack.sorted { $0.key < $1.key }.map { "\($0.value) by \($0.key)" }
      lines.append("  held back, for other people carry the value too, or their workspace is not told: \(kinds.joined(separator: ", "))")
      lines += ExportText.lines(answer.heldBackFrom)
    }
    for place in answer.residual.places.prefix(10) {
      let became = became(place, answer.residual.sweep)
      let event = place.shownEvent.isEmpty ? "" : " of \(visible(place.shownEvent))"
      lines.append("  \(grouped(place.count)) of their values in \(visible(place.path))\(event), \(became)")
    }
    if answer.residual.places.count > 10 { lines.append("  and in \(answer.residual.places.count - 10) more fields") }
    if let due = answer.due { lines.append("  to be answered by \(due)") }
    if !answer.verified && answer.state != .refused { lines.append("  identity check not recorded") }
    if let receipt = answer.receipt { lines.append("  receipt: \(visible(receipt))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func reason(_ code: String) -> String {
    ReceiptReason(rawValue: code)?.meaning ?? ExportText.reason(code)
  }

  /// Others may have been carried out beside those that were refused.
  private var refused: String {
    let count = result.requests.count { $0.state == .refused }
    let others = result.requests.count - count
    if others == 0 || count == 0 || result.dryRun { return "refused: nothing was changed for a request." }
    return "refused: nothing was changed for \(counted(count, "request")); \(counted(others, "other")) \(others == 1 ? "was" : "were") carried out."
  }

  private var last: String {
    if result.exit == 0 && result.dryRun {
      return "Nothing was changed. "
        + (result.plan.map { "--apply \(visible($0)) does exactly this.\n" } ?? "--yes does it, --plan FILE writes it down.\n")
    }
    let word =
      switch result.exit {
      case 0: "done."
      case 1: "failed: files are as they were where they could not be replaced; run again."
      case 3: refused
      case 130: "interrupted: the next run finishes it."
      default: "incomplete: not everything could be read, searched or decided."
      }
    return Colour(exit: result.exit).of(word, isColoured) + "\n"
  }
}

extension Messages {
  /// Tells what could not be read, searched or rewritten, each kind with the first files of it.
  func problems(_ result: EraseResult) {
    passedOver(result.passedOver)
    problems(
      result.unreadable + result.unsupported, notSearchable: result.notSearchable, nameless: result.nameless)
    for gap in result.gaps.prefix(10) { error("\(visible(gap.file)): not rewritten [\(gap.code)]") }
    if result.gaps.count > 10 { error("\(counted(result.gaps.count - 10, "more file")) not rewritten") }
    if result.withOtherNames > 0 {
      error(
        "\(counted(result.withOtherNames, "file")) rewritten whose other names hold the events still [\(FailureCode.hardLinked.rawValue)]",
        hint: "remove the other names, or erase there too; receipts tell the files by `other_names`")
    }
    for gap in result.blocked.prefix(10) {
      error("\(visible(gap.file)): earlier versions or uploads of it stay, or may hold events [\(gap.code)]")
    }
    if result.blocked.count > 10 { error("\(counted(result.blocked.count - 10, "more object")) of which something stays") }
    if !result.leftOut.isEmpty {
      error(
        "known archives were not given: \(result.leftOut.map(visible).joined(separator: ", ")) [\(ReceiptReason.leftOut.rawValue)]",
        hint: "--config with the nightly configuration takes all of them, and their outputs")
    }
    if result.unfinished > 0 {
      error(
        "\(counted(result.unfinished, "earlier erasure")) left something to do [erase.unfinished]",
        hint: "a run that writes finishes what was cut off; ask again for what was incomplete")
    }
    if result.consentEvents > 0 {
      error(
        "\(counted(result.consentEvents, "event")) that \(result.consentEvents == 1 ? "tells" : "tell") of consent \(result.dryRun ? "would go" : "went") with nothing to keep them [\(Diagnostic.ID.consentGoes.rawValue)]",
        hint: "keep what proves consent by `erasure: { keep: ... }` in a policy, or acknowledge W301 there")
    }
  }
}
