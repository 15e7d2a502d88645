internal import ScrubCore
internal import ScrubPolicy

/// What becomes of identities, and of the workspaces to which they belong.
struct IdentityTreatment: Hashable {
  enum Role: Hashable {
    case identity(IdentityRole)
    case workspace
  }

  let role: Role
  let treatment: Treatment

  /// - Parameter role: nothing for values that are neither.
  init?(_ role: Role?, _ treatment: Treatment?) {
    guard let role, let treatment else { return nil }
    self.role = role
    self.treatment = treatment
  }

  /// What becomes of identities of a kind that stand inside texts.
  fileprivate init(_ kind: IdentityKind, within treatment: Treatment) {
    role = .identity(.of(kind))
    self.treatment = treatment
  }

  /// The treatment as far as equal identities become equal texts, by which they can be found again; nothing where none do.
  var asFoundByItsText: IdentityTreatment? { IdentityTreatment(role, treatment.asFoundByItsText) }
}

/// By what people can be found in what a policy makes.
struct IdentityReach {
  /// Kinds of identities of which something is left by which they are found.
  private(set) var left: Set<IdentityKind> = []
  /// Kinds of which pseudonyms are left that cannot be made of digests.
  private(set) var pseudonymised: Set<IdentityKind> = []

  init(_ treatments: some Sequence<IdentityTreatment> = []) {
    for one in treatments {
      switch one.role {
      case .workspace: continue
      case .identity(.of(let kind)): note(kind, one.treatment)
      case .identity(.mergedInto): note(.brazeID, one.treatment)
      case .identity(.contact):
        let (email, phone) = if case .contact(let email, let phone) = one.treatment { (email, phone) } else { (one.treatment, one.treatment) }
        note(.email, email)
        note(.phone, phone)
      }
    }
  }

  private mutating func note(_ kind: IdentityKind, _ treatment: Treatment) {
    // No request names anybody by it.
    if kind == .agentRequest { return }
    switch treatment {
    case .redact, .drop, .mask, .generalise: return
    case .keep, .keepScalar, .scan, .json, .contact: break
    case .tokenise(let tokenising) where tokenising.store == .sealed: break
    case .hash, .tokenise: pseudonymised.insert(kind)
    }
    left.insert(kind)
  }

  mutating func formUnion(_ other: IdentityReach) {
    left.formUnion(other.left)
    pseudonymised.formUnion(other.pseudonymised)
  }
}

extension PlanCompiler {
  /// Those of the identities in events that have these rules.
  func identityTreatments(under rules: EventRules) -> Set<IdentityTreatment> {
    let table = paths(rules.destination)
    let workspace = catalog.index(ofField: Policy.workspaceField)
    let roles = zip(catalog.identityRoles(table), table.fields).map { role, fields -> IdentityTreatment.Role? in
      if let role { return .identity(role) }
      return workspace.map { fields == [$0] } ?? false ? .workspace : nil
    }
    var treatments: Set<IdentityTreatment> = []
    for decisions in decisions(under: rules) {
      treatments.formUnion(zip(roles, decisions).compactMap { IdentityTreatment($0, $1.treatment) })
    }
    return treatments
  }

  /// Those of what stands inside the texts of such events.
  func textTreatments(under rules: EventRules) -> Set<IdentityTreatment> {
    let parts = Set(decisions(under: rules).joined().flatMap(\.treatment.ofParts))
    return parts.reduce(into: []) { treatments, part in
      for kind in IdentityKind.allCases where part.normalises(as: kind) {
        treatments.insert(IdentityTreatment(kind, within: part))
      }
    }
  }

  /// What a manifest tells of treatments: who makes other pseudonyms makes other marks, whatever the keys, which have marks
  /// of their own.
  func marks(of treatments: some Sequence<IdentityTreatment>) -> Set<String> {
    Set(treatments.map { mark(of: $0.treatment, as: $0.role.name) })
  }
}

extension IdentityTreatment.Role {
  fileprivate var name: String {
    switch self {
    case .identity(.of(let kind)): kind.name
    case .identity(.mergedInto): "merged_into"
    case .identity(.contact): "contact"
    case .workspace: "workspace"
    }
  }
}

extension Treatment {
  /// The treatment as far as equal identities become equal texts, if they do. Sealed tokens hold the very spelling.
  fileprivate var asFoundByItsText: Treatment? {
    switch self {
    case .hash: self
    case .tokenise(let tokenising): tokenising.store == .vault ? self : nil
    case .contact(let email, let phone):
      switch (email.asFoundByItsText, phone.asFoundByItsText) {
      case (nil, nil): nil
      case (let email, let phone): .contact(email: email ?? .redact, phone: phone ?? .redact)
      }
    case .keep, .keepScalar, .redact, .drop, .mask, .generalise, .scan, .json: nil
    }
  }
}
