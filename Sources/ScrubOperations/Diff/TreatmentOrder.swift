internal import ScrubCore
internal import ScrubPolicy

extension Treatment {
  /// Whether a value may show more of itself than under another treatment: by what is done, and where that is the same, by
  /// the options. What cannot be compared shows something else, and so more.
  func showsMore(than other: Treatment) -> Bool {
    switch (self, other) {
    case (.contact(let email, let phone), _):
      return email.showsMore(than: other.ofEmail) || phone.showsMore(than: other.ofPhone)
    case (_, .contact(let email, let phone)): return showsMore(than: email) || showsMore(than: phone)
    case (.mask(let masking), .mask(let old)): return masking.show.showsMore(than: old.show)
    case (.generalise(let generalising), .generalise(let old)): return generalising.target.showsMore(than: old.target)
    case (.scan(let scanning), .scan(let old)): return scanning.showsMore(than: old)
    case (.json(let members), .json(let old)): return members.showsMore(than: old)
    default: return rank < other.rank
    }
  }

  private var ofEmail: Treatment { if case .contact(let email, _) = self { email } else { self } }
  private var ofPhone: Treatment { if case .contact(_, let phone) = self { phone } else { self } }

  /// `drop` and `redact` leave nothing alike.
  private var rank: Int { min(strictness, Treatment.redact.strictness) }
}

extension Masking.Show {
  fileprivate func showsMore(than other: Masking.Show) -> Bool {
    switch (self, other) {
    case (.nothing, _), (.domain, .domain): false
    case (.last(let count), .last(let old)): count > old
    case (.last, _), (.domain, _): true
    }
  }
}

extension Generalising.Target {
  fileprivate func showsMore(than other: Generalising.Target) -> Bool {
    switch (self, other) {
    case (.time(let step), .time(let old)):
      let steps = TimeStep.allCases
      return (steps.firstIndex(of: step) ?? 0) < (steps.firstIndex(of: old) ?? 0)
    case (.network(let bits), .network(let old)): return bits > old
    case (.host, .host), (.host, .path), (.family, .family): return false
    case (.path(let query), .path(let old)): return !Set(query).isSubset(of: old)
    case (.bucket(let bucket), .bucket(let old)): return bucket.width < old.width
    default: return true
    }
  }
}

extension NumberBucket {
  fileprivate var width: Double { Double(text) ?? 0 }
}

extension Scanning {
  fileprivate func showsMore(than other: Scanning) -> Bool {
    !finds.isSuperset(of: other.finds) || (replacement == .hash && other.replacement == .label)
  }
}

extension MemberTreating {
  /// Whether any member may show more: those that a path of either names, and those that none does.
  fileprivate func showsMore(than other: MemberTreating) -> Bool {
    treatments[0].showsMore(than: other.treatments[0])
      || (paths + other.paths).contains { treatment(at: $0.path).showsMore(than: other.treatment(at: $0.path)) }
  }
}

extension Rule.Condition {
  /// Whether it holds wherever another does.
  fileprivate func covers(_ other: Rule.Condition) -> Bool {
    field == other.field && isOther == other.isOther
      && (isOther ? values.isSubset(of: other.values) : values.isSuperset(of: other.values))
  }
}

extension [[Rule.Condition]] {
  /// Whether every event goes that goes by another list of rules.
  func drops(allOf others: [[Rule.Condition]]) -> Bool {
    others.allSatisfy { other in
      contains { rule in rule.allSatisfy { condition in other.contains { condition.covers($0) } } }
    }
  }
}
