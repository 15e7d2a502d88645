/// The law that a request stands on: it says how long an answer may take.
///
/// Sources: GDPR and UK GDPR Art. 12(3): one month, two more where needed. CCPA Regulations § 7021: 45 days, 45 more.
/// LGPD Art. 19 II: 15 days.
package enum Law: String, CaseIterable, Sendable {
  case gdpr, uk, ccpa, lgpd

  /// The last day on which an answer is in time.
  ///
  /// A month later is the same day of that month, or its last day where there is no such day (31 January, 28 February).
  ///
  /// - Parameters:
  ///   - received: the day the request came in.
  ///   - isExtended: whether the person was told, in time, that it takes longer. LGPD knows no extension.
  ///   - pausedDays: days on which the clock stood, as the UK allows while an identity is being cleared up.
  package func due(_ received: Day, isExtended: Bool = false, pausedDays: Int = 0) -> Day {
    let due =
      switch self {
      case .gdpr, .uk: received.adding(months: isExtended ? 3 : 1)
      case .ccpa: received.adding(days: isExtended ? 90 : 45)
      case .lgpd: received.adding(days: 15)
      }
    return due.adding(days: pausedDays)
  }

  /// Whether an answer may take longer once, where the person is told so, and why, before the first last day: GDPR and UK
  /// GDPR Art. 12(3), CCPA Regulations § 7021(b). LGPD has no word for it.
  package var canBeExtended: Bool { self != .lgpd }

  /// Whether the clock stands while the person is asked who they are or what they mean: UK GDPR Art. 12A, as the Data
  /// (Use and Access) Act 2025 has it.
  package var canBePaused: Bool { self == .uk }
}
