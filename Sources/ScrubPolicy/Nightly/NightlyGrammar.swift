/// The shape of nightly configurations, once: the reader accepts the keys that stand here, and `nightly schema` prints
/// them for editors.
package enum NightlyGrammar {
  /// As a JSON Schema (draft 7).
  package static var schema: JSONValue {
    PolicySchema.document(of: configuration, title: "A nightly configuration of currents-scrub, version 1")
  }

  package static let configuration = PolicyGrammar.Section(
    what: "a nightly configuration",
    keys: [
      .init(name: "version", shape: .version, isRequired: true, meaning: "The version of the configuration: 1."),
      .init(name: "archives", shape: .sections(archive), isRequired: true, meaning: "What is kept, and what is shared of it."),
      .init(name: "state", shape: .text, meaning: "The state folder (default: the one of all commands)."),
      .init(
        name: "key", shape: .short("file", PolicyGrammar.key),
        meaning: "Where the master key comes from, in place of what policies say; a text is the path of its file, with the id k1."),
      .init(name: "keyring", shape: .text, meaning: "The keyring whose active key is used, in place of what policies say."),
      .init(name: "requests", shape: .short("inbox", requests), meaning: "Where requests arrive; a text is the inbox."),
      .init(name: "legal_holds", shape: .textOrTexts, meaning: "Files of events that may not be erased."),
      .init(name: "harvest", shape: .short("mode", harvest), meaning: "What users.UserDeleteRequest events lead to (default: report)."),
      .init(name: "retention", shape: .section(retention), meaning: "Events that go by their age."),
      .init(name: "erasure", shape: .section(erasure), meaning: "The brakes of erasures."),
      .init(name: "evidence", shape: .short("keep", evidence), meaning: "How long the evidence log is kept; a text is the time."),
      .init(name: "deadlines", shape: .short("law", deadlines), meaning: "By when requests are to be answered; a text is the law."),
      .init(name: "metrics", shape: .text, meaning: "A file for the textfile collector of Prometheus."),
      .init(name: "reports", shape: .text, meaning: "Where summaries and receipts go, a folder a run (default: Reports)."),
      .init(name: "quarantine", shape: .text, meaning: "A folder that keeps what a scrub withheld, readable by its owner only."),
      .init(name: "signing_key", shape: .text, meaning: "The key that signs receipts (default: signing.pem of the state folder)."),
      .init(name: "jobs", shape: .whole(1...1024), meaning: "Workers (default: the number of cores)."),
    ])

  package static let archive = PolicyGrammar.Section(
    what: "an archive",
    keys: [
      .init(name: "name", shape: .title, isRequired: true, meaning: "What summaries call it."),
      .init(name: "input", shape: .text, isRequired: true, meaning: "The folder of the archive, or an address such as s3://BUCKET/PREFIX."),
      .init(name: "policy", shape: .text, meaning: "The policy, a path or builtin:NAME; wanted for an output."),
      .init(name: "output", shape: .text, meaning: "The folder or address of the scrubbed archive (default: none is made)."),
      .init(name: "workspaces", shape: .texts, meaning: "Only events of these workspaces (app_group_id) are shared."),
      .init(name: "settle", shape: .span, meaning: "Files that changed in this time are left for the next night (default: 15m)."),
      .init(name: "ignore", shape: .texts, meaning: "Names and paths that are left out; * stands for any characters."),
    ])

  package static let requests = PolicyGrammar.Section(
    what: "requests",
    keys: [
      .init(name: "inbox", shape: .text, isRequired: true, meaning: "The folder of request files."),
      .init(name: "packages", shape: .text, meaning: "Where packages of access requests go (default: Packages)."),
      .init(name: "controller", shape: .textOrTexts, meaning: "Texts of the controller for packages, a file a workspace."),
      .init(name: "language", shape: .word(["en", "fr"]), meaning: "The language of packages (default: en)."),
    ])

  package static let harvest = PolicyGrammar.Section(
    what: "harvest",
    keys: [
      .init(
        name: "mode", shape: .word(NightlyEntry.Harvest.Mode.self), isRequired: true,
        meaning: "report: they are told; erase: the events of these people go."),
      .init(name: "max_people", shape: .whole(1...1_000_000), meaning: "Nobody is erased where a night has more; wanted with erase."),
    ])

  package static let retention = PolicyGrammar.Section(
    what: "retention",
    keys: [
      .init(name: "enabled", shape: .boolean, meaning: "false, the default: what would go is told."),
      .init(name: "max_share_per_night", shape: .share, meaning: "Nothing goes where more than this share of all events would (default: 2%)."),
      .init(name: "rules", shape: .sections(retentionRule), isRequired: true, meaning: "The first rule that matches an event type decides."),
    ])

  package static let retentionRule = PolicyGrammar.Section(
    what: "a rule of retention",
    keys: [
      .init(name: "events", shape: .textOrTexts, isRequired: true, meaning: "Event types; * stands for any characters."),
      .init(name: "age", shape: .age, isRequired: true, meaning: "Events that are older go: 400 days, 18 months, 2 years."),
      .init(
        name: "mode", shape: .word(Policy.Erasure.Mode.self),
        meaning: "They go (delete, the default), or nothing personal stays in them (blank)."),
    ])

  package static let erasure = PolicyGrammar.Section(
    what: "erasure",
    keys: [
      .init(name: "max_events", shape: .whole(1...1_000_000_000), meaning: "A person with more events is refused (default: 100000)."),
      .init(name: "max_share", shape: .share, meaning: "A person with more than this share of all events is refused (default: 5%)."),
      .init(name: "sweep", shape: .word(["count", "redact", "none"]), meaning: "Values of the person in events of others (default: count)."),
    ])

  package static let evidence = PolicyGrammar.Section(
    what: "evidence",
    keys: [.init(name: "keep", shape: .age, isRequired: true, meaning: "Older segments of the evidence log go.")])

  package static let deadlines = PolicyGrammar.Section(
    what: "deadlines",
    keys: [
      .init(name: "law", shape: .word(["gdpr", "uk", "ccpa", "lgpd"]), meaning: "The law of requests that name none (default: gdpr)."),
      .init(name: "warn", shape: .age, meaning: "Requests that are due in less are told first (default: 7 days)."),
    ])
}
