package import ScrubNative
package import ScrubPolicy

/// What an export is asked to do.
package struct ExportOptions: Sendable {
  package var search = SearchOptions()
  /// The folder for packages.
  package var output: String?
  package var language = PackageLanguage.en
  /// How archives were scrubbed that are searched too.
  package var made: [ScrubbedWith] = []
  package var hidden: [HiddenRule] = []
  /// The controller's texts, one for each workspace or one for all.
  package var controller: [ControllerTexts] = []
  /// Whether packages become zip archives, and what encrypts them.
  package var makesZips = false
  package var passphrase: SecretBytes?
  package var stateFolder = ""
  package var isDryRun = false

  package init() {}
}

/// What an export came to, without a value of anybody.
package struct ExportResult: Document, Sendable {
  package static let schema = "currents-scrub/export/1"

  package enum State: String, Encodable, Sendable { case found, nothing, refused }

  /// A profile, or a kind of value, for a person to decide about.
  package struct Choice: Codable, Sendable {
    package let profile: String
    package let kind: String
    package let workspace: String
    package let events: Int
    package let first: String?
    package let last: String?

    init(_ choice: PersonDoubt.Choice) {
      profile = choice.profile
      kind = choice.kind
      workspace = choice.workspace
      events = choice.events
      first = choice.firstDay
      last = choice.lastDay
    }
  }

  /// One request.
  package struct Answer: Encodable, Sendable {
    package let request: String
    package var state: State
    /// Why it was refused.
    package var code: String?
    /// Whom it may mean, where it was refused.
    package var choices: [Choice] = []
    package var events = 0
    package var copies = 0
    package var repeats = 0
    /// Of the person, by kind.
    package var identifiers: [String: Int] = [:]
    /// Events held back, by the kind of the shared value.
    package var heldBack: [String: Int] = [:]
    package var heldBackFrom: [Choice] = []
    package var first: String?
    package var last: String?
    package var due: String?
    package var verified = false
    /// The workspaces to which the search was limited; nothing where it was not.
    package var workspaces: [String]?
    /// Where the package is.
    package var package: String?

    enum CodingKeys: String, CodingKey {
      case request, state, code, choices, events, copies, repeats, identifiers, first, last, due, verified, workspaces, package
      case heldBack = "held_back"
      case heldBackFrom = "held_back_from"
    }
  }

  package struct Gap: Encodable, Sendable {
    package let file: String
    package let code: String
    package let places: Int?
  }

  package var schema = ExportResult.schema
  package var requests: [Answer] = []
  package var files = 0
  package var events = 0
  package var passes = 0
  package var reread = 0
  package var unreadable: [Gap] = []
  package var unsupported: [Gap] = []
  package var notSearchable: [String: Int] = [:]
  package var nameless = 0
  package var ignored = 0
  /// The files in folders that are nobody's data by their names, which are ignored: told, and no part of the document.
  package var passedOver: [String: Int] = [:]
  package var dryRun = false
  package var interrupted = false
  package var exit = 0

  enum CodingKeys: String, CodingKey {
    case schema, requests, files, events, passes, reread, unreadable, unsupported, nameless, ignored, interrupted, exit
    case notSearchable = "not_searchable"
    case dryRun = "dry_run"
  }
}
