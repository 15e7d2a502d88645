internal import ScrubCore
internal import ScrubPolicy

/// What becomes of identities, where equal ones become equal texts, by which they can be found again.
struct IdentityTreatment: Hashable {
  let role: IdentityRole
  let treatment: Treatment

  /// - Parameter role: nothing for values that are no identities.
  init?(_ role: IdentityRole?, _ decision: Decision) {
    guard let role, let treatment = decision.treatment.asFoundByItsText else { return nil }
    self.role = role
    self.treatment = treatment
  }
}

extension PlanCompiler {
  /// Those of the events of some types.
  func identityTreatments(of events: [String], in destination: Destination) -> Set<IdentityTreatment> {
    let roles = catalog.identityRoles(paths(destination))
    var treatments: Set<IdentityTreatment> = []
    var seen: Set<[Decision]> = []
    for event in events {
      let decisions = decisions(event: event, in: destination)
      guard seen.insert(decisions).inserted else { continue }
      treatments.formUnion(zip(roles, decisions).compactMap { IdentityTreatment($0, $1) })
    }
    return treatments
  }

  /// What a manifest tells of treatments: who makes other pseudonyms makes other marks, whatever the keys, which have marks
  /// of their own.
  func marks(of treatments: Set<IdentityTreatment>) -> Set<String> {
    Set(treatments.map { mark(of: $0.treatment, as: $0.role.name) })
  }
}

extension IdentityRole {
  fileprivate var name: String {
    switch self {
    case .of(let kind): kind.name
    case .mergedInto: "merged_into"
    case .contact: "contact"
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
