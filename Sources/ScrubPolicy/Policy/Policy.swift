package import ScrubCore

/// A policy as its author wrote it, decoded and checked for form.
package struct Policy: Sendable {
  package var name = ""
  package var title = ""
  /// Who receives the output; pseudonyms of two audiences cannot be joined.
  package var audience: String?
  package var key: KeyReference?
  package var defaults = Defaults()
  package var special: [Special] = []
  /// Files of catalog additions, as the policy spells them.
  package var additions: [String] = []
  package var rules: [Rule] = []
  package var acknowledgements: [Acknowledgement] = []
  /// What access packages do not disclose.
  package var hidden: [Hidden] = []
  package var erasure = Erasure()
  /// Files of people whose events stay out of the output, as the policy spells them.
  package var exclusions: [String] = []
  /// Only events of these workspaces are written, all where it is empty; told by who runs it, not in its file.
  package var workspaces: [String] = []
  package static let workspaceField = "app_group_id"
  /// How diagnostics name the file.
  package var file = ""

  /// Where the master key comes from; never the key itself.
  package struct KeyReference: Sendable {
    package enum Source: Sendable {
      case environment(String)
      case file(String)
      case command([String])
      /// A file of several keys, of which the active one is meant.
      case keyring(String)
    }
    package let source: Source
    /// Nothing for a keyring, which knows the ids of its keys.
    package let id: String?
    package let place: Place

    /// The id under which explanations and tests show pseudonyms, for which no keyring is opened.
    package var shownID: String { id ?? "k1" }

    package init(source: Source, id: String?, place: Place) {
      self.source = source
      self.id = id
      self.place = place
    }
  }

  /// A place in the policy file, from 1.
  package struct Place: Hashable, Sendable {
    package var line = 1
    package var column = 1

    package init(line: Int = 1, column: Int = 1) {
      self.line = line
      self.column = column
    }
  }

  package struct Defaults: Sendable {
    package enum Action: String, CaseIterable, Sendable { case keep, redact, drop, hash }
    package enum UnknownField: String, CaseIterable, Sendable { case redact, drop, keep, fail }
    package enum UnknownEvent: String, CaseIterable, Sendable { case quarantine, drop, scrub, fail }

    /// The defaults that decide fields.
    package enum Name: String, CaseIterable, Sendable {
      case annotated
      case unmarkedPersonal = "unmarked_personal"
      case linking, plain
      case unknownField = "unknown_field"

      /// Which fields it decides.
      package var meaning: String {
        switch self {
        case .annotated: "marked [PII] by any source"
        case .unmarkedPersonal: "personal by the table of fields, though unmarked"
        case .linking: "joins one event or person across recipients"
        case .plain: "everything else that is known"
        case .unknownField: "in no catalog"
        }
      }
    }

    /// What the policy says under the name.
    package func word(_ name: Name) -> String {
      switch name {
      case .annotated: annotated.rawValue
      case .unmarkedPersonal: unmarkedPersonal.rawValue
      case .linking: linking.rawValue
      case .plain: plain.rawValue
      case .unknownField: unknownField.rawValue
      }
    }

    package var annotated = Action.redact
    package var unmarkedPersonal = Action.redact
    /// `hash` when the policy has an audience, else `keep`, unless it says otherwise.
    package var linking = Action.keep
    package var plain = Action.keep
    package var unknownField = UnknownField.redact
    package var unknownEvent = UnknownEvent.quarantine
    package var place = Place()
  }

  /// Fields that may reveal data of special categories.
  package struct Special: Sendable {
    package let fields: Glob
    package let place: Place
  }

  package struct Hidden: Sendable {
    package let place: Place
    package let fields: [Glob]
    /// For the person to read.
    package let because: String
  }

  /// How people are erased.
  package struct Erasure: Sendable {
    package enum Mode: String, CaseIterable, Sendable {
      /// Their events go.
      case delete
      /// Their rows stay for totals, without anything personal.
      case blank
    }

    /// Events of which some fields stay.
    package struct Keep: Sendable {
      package let place: Place
      package let events: [Glob]
      package let fields: [Glob]
      /// Why they may stay.
      package let basis: String
      /// The day on which somebody asks again: `YYYY-MM-DD`.
      package let review: String

      package init(place: Place = Place(), events: [Glob], fields: [Glob], basis: String, review: String) {
        self.place = place
        self.events = events
        self.fields = fields
        self.basis = basis
        self.review = review
      }
    }

    package var mode = Mode.delete
    package var keep: [Keep] = []

    package init() {}

    /// What stays of an event that is kept unless the rule says otherwise: who, when, and what was agreed to.
    package static let keptFields = [
      "id", "user_id", "external_user_id", "app_group_id", "time", "action", "subscription_status", "channel",
      "subscription_group_id", "subscription_group_name",
    ]
  }

  package struct Acknowledgement: Sendable {
    package let id: String
    package let on: Glob
    package let place: Place
  }
}

/// One rule: which fields, and what becomes of them.
package struct Rule: Sendable {
  package var events: [Glob] = []
  package var fields: [Glob] = []
  package var classes: Set<FieldClass> = []
  package var kinds: Set<ValueKind> = []
  package var annotated: Bool?
  package var personal: Bool?
  package var destinations: Set<Destination> = []
  package var action = Action.redact(with: nil)
  /// Of `drop_event`: all of them hold for an event that goes.
  package var conditions: [Condition] = []
  package var because: String?
  package var isOptional = false
  package var place = Policy.Place()

  /// One of the values in a field, or none of them.
  package struct Condition: Sendable {
    package let field: String
    package let values: Set<[UInt8]>
    package var isOther = false
  }

  package enum Action: Sendable {
    case keep
    case redact(with: Sentinel?)
    case drop
    case hash(HashOptions)
    case mask(Masking.Show)
    case tokenise(TokeniseOptions)
    case generalise(Generalising)
    case scan(Scanning)
    case json(JSONOptions)
    case dropEvent

    package var name: ActionName {
      switch self {
      case .keep: .keep
      case .redact: .redact
      case .drop: .drop
      case .hash: .hash
      case .mask: .mask
      case .tokenise: .tokenise
      case .generalise: .generalise
      case .scan: .scan
      case .json: .json
      case .dropEvent: .dropEvent
      }
    }
  }

  /// What `with` asks for in place of a redacted value.
  package enum Sentinel: Hashable, Sendable {
    case text(String)
    case whole(Int)
    case boolean(Bool)
  }

  package struct HashOptions: Hashable, Sendable {
    package var domain: String?
    package var normaliser: Normaliser?
    package var format: PseudonymFormat = .token(byteCount: 16)
  }

  package struct TokeniseOptions: Hashable, Sendable {
    package var store: Tokenising.Store
    package var domain: String?
  }

  /// What becomes of the members of a JSON text.
  package struct JSONOptions: Hashable, Sendable {
    /// A path with the kind of the values that it leads to.
    package struct Member: Hashable, Sendable {
      package let path: String
      package let kind: ValueKind
    }

    package var keep: [String] = []
    package var hash: [Member] = []
    package var tokenise: [Member] = []
    package var redact: [String] = []
    package var scan: [String] = []
    package var fallback = MemberDefault.redact
    /// Where the originals of tokens are; there when anything is tokenised.
    package var store: Tokenising.Store?
    package var scanning = Scanning(.all)

    /// Whether texts of members are searched.
    package var scans: Bool { !scan.isEmpty || fallback == .scan }
    package var makesPseudonyms: Bool {
      !hash.isEmpty || !tokenise.isEmpty || (scans && scanning.replacement == .hash)
    }
  }

  /// Whether the rule needs a key.
  package var makesPseudonyms: Bool {
    switch action {
    case .hash, .tokenise: true
    case .scan(let scanning): scanning.replacement == .hash
    case .json(let options): options.makesPseudonyms
    case .keep, .redact, .drop, .mask, .generalise, .dropEvent: false
    }
  }

  /// Whether the originals of the rule's tokens go into the vault.
  package var fillsVault: Bool {
    switch action {
    case .tokenise(let options): options.store == .vault
    case .json(let options): options.store == .vault
    case .keep, .redact, .drop, .mask, .hash, .generalise, .scan, .dropEvent: false
    }
  }

  /// Whether values that the rule decides stay, be it in part.
  var leaves: Bool {
    switch action {
    case .keep, .scan, .json: true
    default: false
    }
  }

  /// Whether this rule is about whole events.
  package var isDropEvent: Bool { if case .dropEvent = action { true } else { false } }
}
