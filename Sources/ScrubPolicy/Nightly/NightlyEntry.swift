package import ScrubCore
internal import Yams

/// A nightly configuration as its file tells it, before paths, policies and keys are looked at.
package struct NightlyEntry: Sendable {
  package struct Archive: Sendable {
    package var name = ""
    package var input = ""
    package var policy: String?
    package var output: String?
    /// Empty for all.
    package var workspaces: [String] = []
    /// Seconds.
    package var settle = 900
    package var ignored: [String] = []
    package var place = Policy.Place()
  }

  package struct Requests: Sendable {
    package var inbox = ""
    package var packages = "Packages"
    package var controller: [String] = []
    package var language = "en"
  }

  package struct Harvest: Sendable {
    package enum Mode: String, CaseIterable, Sendable { case report, erase }
    package var mode = Mode.report
    package var maxPeople = 0
  }

  package struct Retention: Sendable {
    package struct Rule: Sendable {
      package let events: [Glob]
      package let age: Age
      package let mode: Policy.Erasure.Mode
    }

    package var isEnabled = false
    /// Of all events, from 0 to 1.
    package var maxShare = 0.02
    package var rules: [Rule] = []
  }

  package struct Erasure: Sendable {
    package var maxEvents = 100_000
    package var maxShare = 0.05
    package var sweep = "count"
  }

  package var state: String?
  package var key: Policy.KeyReference?
  package var archives: [Archive] = []
  package var requests: Requests?
  package var holds: [String] = []
  package var harvest = Harvest()
  package var retention: Retention?
  package var erasure = Erasure()
  /// How long the evidence log is kept; for good where nothing is said.
  package var evidence: Age?
  package var law = "gdpr"
  package var warning = Age("7 days")
  package var metrics: String?
  package var reports = "Reports"
  package var quarantine: String?
  package var signingKey: String?
  package var jobs: Int?

  /// Reads a configuration, strictly.
  package static func reading(yaml text: String, file: String) -> (entry: NightlyEntry, findings: [Diagnostic]) {
    let keys = StrayKeys(in: text)
    var reader = NightlyReader(yaml: YAMLReader(file: file))
    let entry = reader.read(keys.hidden)
    let findings = (reader.yaml.diagnostics + keys.findings(file: file)).sorted {
      ($0.line, $0.column) < ($1.line, $1.column)
    }
    return (entry, findings)
  }
}

private struct NightlyReader {
  var yaml: YAMLReader

  mutating func read(_ text: String) -> NightlyEntry {
    var entry = NightlyEntry()
    guard let root = yaml.root(of: text, startingWith: "`version: 1` and `archives: []`") else { return entry }
    let members = yaml.members(root, of: NightlyGrammar.configuration)
    guard case .mapping = root else { return entry }
    if let node = members["version"], node.scalar?.string != "1" {
      yaml.report(.badValue, node.mark, "this program reads version 1 of configurations", mend: "write `version: 1`")
    }
    if let node = members["archives"] { entry.archives = archives(node) }
    entry.state = members["state"].flatMap { path($0, "state") }
    entry.key = key(members)
    entry.requests = members["requests"].map { requests($0) }
    entry.holds = members["legal_holds"].map { paths($0, "legal_holds") } ?? []
    if let node = members["harvest"] { entry.harvest = harvest(node) }
    entry.retention = members["retention"].map { retention($0) }
    if let node = members["erasure"] { entry.erasure = erasure(node) }
    if let node = members["evidence"] { entry.evidence = short(node, "keep", NightlyGrammar.evidence)["keep"].flatMap { age($0) } }
    if let node = members["deadlines"] { deadlines(node, &entry) }
    entry.metrics = members["metrics"].flatMap { path($0, "metrics") }
    if let node = members["reports"], let reports = path(node, "reports") { entry.reports = reports }
    entry.quarantine = members["quarantine"].flatMap { path($0, "quarantine") }
    entry.signingKey = members["signing_key"].flatMap { path($0, "signing_key") }
    entry.jobs = members["jobs"].flatMap { whole($0, "jobs", 1...1024) }
    return entry
  }

  // MARK: parts

  private mutating func key(_ members: [String: Node]) -> Policy.KeyReference? {
    if let node = members["keyring"] {
      if members["key"] != nil {
        yaml.report(.misplacedOption, node.mark, "`keyring` does not go with `key`", mend: "remove one of the two")
      }
      return yaml.text(node, "keyring").map { Policy.KeyReference(source: .keyring($0), id: nil, place: Policy.Place(node)) }
    }
    guard let node = members["key"] else { return nil }
    if let path = node.scalar?.string { return Policy.KeyReference(source: .file(path), id: "k1", place: Policy.Place(node)) }
    return yaml.key(node)
  }

  private mutating func archives(_ node: Node) -> [NightlyEntry.Archive] {
    guard case .sequence(let items) = node, !items.isEmpty else {
      yaml.report(.wrongType, node.mark, "archives is a list", mend: "start each archive with `- name: ...`")
      return []
    }
    var archives: [NightlyEntry.Archive] = []
    for item in items {
      let archive = archive(item)
      if !archive.name.isEmpty && archives.contains(where: { $0.name == archive.name }) {
        yaml.report(.badValue, item.mark, "two archives have this name", mend: "each has a name of its own")
      }
      archives.append(archive)
    }
    return archives
  }

  private mutating func archive(_ node: Node) -> NightlyEntry.Archive {
    var archive = NightlyEntry.Archive()
    archive.place = Policy.Place(node)
    let members = yaml.members(node, of: NightlyGrammar.archive)
    if let node = members["name"], let name = yaml.text(node, "name") {
      let isName = name.utf8.allSatisfy {
        ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d || $0 == 0x5f || $0 == 0x2e
      }
      if isName && (1...64).contains(name.utf8.count) {
        archive.name = name
      } else {
        yaml.report(
          .badValue, node.mark, "an archive's name is 1 to 64 letters, digits, dashes, dots or underscores",
          mend: "choose another name")
      }
    }
    archive.input = members["input"].flatMap { place($0, "input") } ?? ""
    archive.policy = members["policy"].flatMap { path($0, "policy") }
    archive.output = members["output"].flatMap { place($0, "output") }
    if let node = members["output"], members["policy"] == nil {
      yaml.report(.missingKey, node.mark, "an output without `policy`", mend: "say by which policy it is scrubbed")
    }
    archive.workspaces = members["workspaces"].map { yaml.workspaces($0) } ?? []
    if let node = members["settle"] { archive.settle = span(node, "settle") ?? archive.settle }
    archive.ignored = members["ignore"].map { yaml.texts($0, "ignore").map(\.text) } ?? []
    return archive
  }

  private mutating func requests(_ node: Node) -> NightlyEntry.Requests {
    var requests = NightlyEntry.Requests()
    let members = short(node, "inbox", NightlyGrammar.requests)
    requests.inbox = members["inbox"].flatMap { path($0, "inbox") } ?? ""
    if let node = members["packages"], let packages = path(node, "packages") { requests.packages = packages }
    requests.controller = members["controller"].map { paths($0, "controller") } ?? []
    if let node = members["language"] { requests.language = yaml.word(node, "language", of: ["en", "fr"]) ?? "en" }
    return requests
  }

  private mutating func harvest(_ node: Node) -> NightlyEntry.Harvest {
    var harvest = NightlyEntry.Harvest()
    let members = short(node, "mode", NightlyGrammar.harvest)
    if let node = members["mode"] { harvest.mode = yaml.word(node, "mode", as: NightlyEntry.Harvest.Mode.self) ?? .report }
    harvest.maxPeople = members["max_people"].flatMap { whole($0, "max_people", 1...1_000_000) } ?? 0
    if harvest.mode == .erase && members["max_people"] == nil {
      yaml.report(
        .missingKey, node.mark, "erasing by harvest has no `max_people`",
        mend: "write `harvest: { mode: erase, max_people: 50 }`: nobody is erased in a night with more")
    }
    return harvest
  }

  private mutating func retention(_ node: Node) -> NightlyEntry.Retention {
    var retention = NightlyEntry.Retention()
    let members = yaml.members(node, of: NightlyGrammar.retention)
    retention.isEnabled = members["enabled"].flatMap { yaml.boolean($0, "enabled") } ?? false
    if let node = members["max_share_per_night"] { retention.maxShare = share(node, "max_share_per_night") ?? retention.maxShare }
    guard let list = members["rules"] else { return retention }
    guard case .sequence(let items) = list, !items.isEmpty else {
      yaml.report(.wrongType, list.mark, "rules is a list", mend: "write `- { events: \"users.messages.*\", age: 400 days }`")
      return retention
    }
    for item in items {
      let members = yaml.members(item, of: NightlyGrammar.retentionRule)
      let events = members["events"].map { textOrTexts($0, "events") } ?? []
      let mode = members["mode"].flatMap { yaml.word($0, "mode", as: Policy.Erasure.Mode.self) } ?? .delete
      guard let age = members["age"].flatMap({ age($0) }) else { continue }
      retention.rules.append(NightlyEntry.Retention.Rule(events: events.map { Glob($0) }, age: age, mode: mode))
    }
    return retention
  }

  private mutating func erasure(_ node: Node) -> NightlyEntry.Erasure {
    var erasure = NightlyEntry.Erasure()
    let members = yaml.members(node, of: NightlyGrammar.erasure)
    if let node = members["max_events"] { erasure.maxEvents = whole(node, "max_events", 1...1_000_000_000) ?? erasure.maxEvents }
    if let node = members["max_share"] { erasure.maxShare = share(node, "max_share") ?? erasure.maxShare }
    if let node = members["sweep"] { erasure.sweep = yaml.word(node, "sweep", of: ["count", "redact", "none"]) ?? erasure.sweep }
    return erasure
  }

  private mutating func deadlines(_ node: Node, _ entry: inout NightlyEntry) {
    let members = short(node, "law", NightlyGrammar.deadlines)
    if let node = members["law"] { entry.law = yaml.word(node, "law", of: ["gdpr", "uk", "ccpa", "lgpd"]) ?? entry.law }
    if let node = members["warn"] { entry.warning = age(node) ?? entry.warning }
  }

  // MARK: values

  /// The members of a section, of which one may stand alone.
  private mutating func short(_ node: Node, _ name: String, _ section: PolicyGrammar.Section) -> [String: Node] {
    node.scalar == nil ? yaml.members(node, of: section) : [name: node]
  }

  /// A path, or the address of something in a store.
  private mutating func place(_ node: Node, _ what: String) -> String? {
    guard let text = yaml.text(node, what) else { return nil }
    if !text.isEmpty { return text }
    yaml.report(.badValue, node.mark, "\(what) is empty", mend: "write a path")
    return nil
  }

  private mutating func path(_ node: Node, _ what: String) -> String? {
    guard let text = place(node, what), isLocal(text, node, what) else { return nil }
    return text
  }

  private mutating func paths(_ node: Node, _ what: String) -> [String] {
    textOrTexts(node, what).filter { isLocal($0, node, what) }
  }

  private mutating func isLocal(_ text: String, _ node: Node, _ what: String) -> Bool {
    if !text.contains("://") { return true }
    yaml.report(.badValue, node.mark, "\(what) is a place on this machine, not in a store", mend: "write a path")
    return false
  }

  private mutating func textOrTexts(_ node: Node, _ what: String) -> [String] {
    node.scalar.map { [$0.string] } ?? yaml.texts(node, what).map(\.text)
  }

  private mutating func age(_ node: Node) -> Age? {
    guard let text = yaml.text(node, "an age") else { return nil }
    if let age = Age(text) { return age }
    yaml.report(.badValue, node.mark, "this is no age", mend: "write it as 400 days, 18 months or 2 years")
    return nil
  }

  private mutating func span(_ node: Node, _ what: String) -> Int? {
    guard let text = yaml.text(node, what) else { return nil }
    if let seconds = Amount.seconds(text) { return seconds }
    yaml.report(.badValue, node.mark, "\(what) is a time", mend: "write it as 90, 90s, 15m or 2h")
    return nil
  }

  private mutating func share(_ node: Node, _ what: String) -> Double? {
    guard let text = yaml.text(node, what) else { return nil }
    if let share = Amount.share(text) { return share }
    yaml.report(.badValue, node.mark, "\(what) is a share", mend: "write it as 0.02 or 2%")
    return nil
  }

  private mutating func whole(_ node: Node, _ what: String, _ range: ClosedRange<Int>) -> Int? {
    guard let text = yaml.text(node, what) else { return nil }
    if let number = Int(text), range.contains(number) { return number }
    yaml.report(
      .badValue, node.mark, "\(what) is a whole number from \(range.lowerBound) to \(range.upperBound)", mend: "check the number")
    return nil
  }
}
