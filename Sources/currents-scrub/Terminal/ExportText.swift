internal import ScrubArchive
internal import ScrubOperations

/// What an export came to, for people.
struct ExportText {
  private let result: ExportResult
  private let isColoured: Bool

  init(_ result: ExportResult, isColoured: Bool) {
    self.result = result
    self.isColoured = isColoured
  }

  var whole: String {
    var text = "\(counted(result.files, "file")), \(counted(result.events, "event")), "
    text += "\(grouped(result.passes)) \(result.passes == 1 ? "pass" : "passes")\n"
    for answer in result.requests { text += of(answer) }
    return text + last
  }

  private func of(_ answer: ExportResult.Answer) -> String {
    var lines = ["request \(answer.request)"]
    switch answer.state {
    case .refused:
      lines.append("  refused: \(Self.reason(answer.code)) [\(answer.code ?? "")]")
      lines += Self.lines(answer.choices)
    case .nothing: lines.append("  \(Self.nothing(in: answer.workspaces))")
    case .found:
      let days = Self.days(answer.first, answer.last)
      lines.append("  \(counted(answer.events, "event"))\(days)")
      let kinds = answer.identifiers.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      lines.append("  known by \(kinds.joined(separator: ", "))")
    }
    if !answer.heldBack.isEmpty {
      let kinds = answer.heldBack.sorted { $0.key < $1.key }.map { "\($0.value) by \($0.key)" }
      lines.append("  held back, for other people carry the value too, or their workspace is not told: \(kinds.joined(separator: ", "))")
      lines += Self.lines(answer.heldBackFrom)
    }
    if let due = answer.due { lines.append("  to be answered by \(due)") }
    if !answer.verified && answer.state != .refused { lines.append("  identity check not recorded") }
    if let package = answer.package { lines.append("  package: \(visible(package))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// That nobody was found may be due to an id that is mistyped.
  static func nothing(in workspaces: [String]?) -> String {
    guard let workspaces else { return "nothing was found" }
    return "nothing was found in the workspace\(workspaces.count == 1 ? "" : "s") \(visible(PageText.list(workspaces)))"
  }

  static func reason(_ code: String?) -> String {
    switch code {
    case "person.several": "the request leads to several profiles that nothing links; choose with --include-profile"
    case "person.shared": "several profiles carry a value of the request; choose with --include-profile"
    case "person.workspaces": "the request leads to several workspaces; choose with --workspace"
    case "person.endless": "events lead from one identifier to the next, on and on, as no one person's do; choose with --include-profile"
    case "person.excluded": "a profile that is to be left out is the person's by what the request names"
    case "person.other-kind": "nothing was found under the kind that was given, but under others"
    default: "a profile that is to be included was not found"
    }
  }

  private static func days(_ first: String?, _ last: String?) -> String {
    guard let first, let last else { return "" }
    return first == last ? ", \(first)" : ", \(first) to \(last)"
  }

  /// What there is to choose from, a line each; of very many the first.
  static func lines(_ choices: [ExportResult.Choice]) -> [String] {
    let lines = choices.prefix(lineLimit).map { "    \(line($0))" }
    return choices.count > lineLimit ? lines + ["    and \(grouped(choices.count - lineLimit)) more; --json tells them too"] : lines
  }

  private static let lineLimit = 20

  private static func line(_ choice: ExportResult.Choice) -> String {
    let name =
      switch choice.profile {
      case _ where choice.kind != "profile": choice.kind
      case "": "a profile"
      case AccessRequest.noProfile: "no profile (none)"
      default: "profile \(choice.profile)"
      }
    let workspace = choice.workspace.isEmpty ? "" : ", workspace \(visible(choice.workspace))"
    let days = days(choice.first, choice.last)
    return "\(name)\(workspace): \(counted(choice.events, "event"))\(days)"
  }

  private var last: String {
    let word =
      switch result.exit {
      case 0: result.dryRun ? "done. Nothing was written." : "done."
      case 3: "refused: decide, and ask again."
      case 130: "interrupted."
      default: "incomplete: not everything could be read or searched."
      }
    return Colour(exit: result.exit).of(word, isColoured) + "\n"
  }
}

extension Messages {
  /// Tells what could not be read or searched, each kind with the first files of it.
  func problems(_ result: ExportResult) {
    passedOver(result.passedOver)
    problems(result.unreadable + result.unsupported, notSearchable: result.notSearchable, nameless: result.nameless)
    for answer in result.requests where answer.state == .nothing && answer.workspaces != nil {
      note("warning: \(ExportText.nothing(in: answer.workspaces)): compare with app_group_id of the events, for an id may be mistyped")
    }
  }

  func problems(_ gaps: [ExportResult.Gap], notSearchable: [String: Int], nameless: Int) {
    for (gap, more) in Self.kinds(gaps, by: \.code) {
      let places = gap.places.map { ", \(counted($0, "place"))" } ?? ""
      error("\(visible(gap.file))\(places): cannot be read [\(gap.code)]\(more)", hint: FailureCode(rawValue: gap.code)?.hint)
    }
    for (key, count) in notSearchable.sorted(by: { $0.key < $1.key }) {
      error(
        "\(counted(count, "file")) made with key \(visible(key)) cannot be searched [search.no-key]",
        hint: "give the policy with --made-with, as it was then, and its key; a digest, or what the policy takes out, leads to nobody there")
    }
    if nameless > 0 {
      error("\(counted(nameless, "event")) of no known identity [search.nameless]", hint: "teach the catalog their fields")
    }
  }
}
