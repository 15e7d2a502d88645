internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Events that may not be erased, whatever a request says: for a dispute, an order, a duty to keep.
package struct LegalHolds: Sendable {
  struct Hold: Sendable {
    /// Whose events; empty for everybody's.
    var subjects: [Subject] = []
    /// Empty for all.
    var workspaces: Set<[UInt8]> = []
    /// What stands for the workspaces where they are pseudonyms.
    fileprivate var pseudonyms: Set<[UInt8]> = []
    var from: Day?
    var until: Day?
    let reason: ErasePlan.Reason
  }

  private(set) var holds: [Hold] = []

  package init() {}

  /// Reads the files of holds.
  ///
  /// - Throws: `.request` with everything that is wrong, `.file` for one that cannot be read.
  package static func read(_ names: [String]) throws(ScrubRefusal) -> LegalHolds {
    var holds = LegalHolds()
    var findings: [Diagnostic] = []
    for name in names {
      let text: String
      do throws(Failure) { text = try GivenFile.readText(name) } catch { throw .file(error) }
      let (entries, wrong) = HoldEntry.reading(
        yaml: text, file: name, formats: Subject.Format.allCases.map(\.rawValue))
      findings += wrong
      for entry in entries { holds.holds.append(hold(entry, file: name, &findings)) }
    }
    if !findings.isEmpty { throw .request(findings.sorted { ($0.line, $0.column) < ($1.line, $1.column) }) }
    return holds
  }

  private static func hold(_ entry: HoldEntry, file: String, _ findings: inout [Diagnostic]) -> Hold {
    func report(_ place: Policy.Place, _ message: String, _ mend: String) {
      findings.append(
        Diagnostic(.badValue, file: file, line: place.line, column: place.column, message: message, mend: mend))
    }
    func day(_ told: (text: String, place: Policy.Place)?) -> Day? {
      guard let told else { return nil }
      let day = Day(told.text)
      if day == nil { report(told.place, "this is no day", "write it as 2027-01-31") }
      return day
    }
    var hold = Hold(
      reason: ErasePlan.Reason(
        kind: .hold, basis: entry.basis, owner: entry.owner, review: day(entry.review)?.description))
    for subject in entry.subjects {
      do throws(SubjectProblem) {
        let format = Subject.Format(rawValue: subject.format) ?? .raw
        hold.subjects.append(try Subject(kind: subject.kind, value: subject.value, format: format))
      } catch {
        report(subject.place, error.message, error.mend)
      }
    }
    hold.workspaces = Set(entry.workspaces.map { Array($0.utf8) })
    hold.from = day(entry.from)
    hold.until = day(entry.until)
    if let from = hold.from, let until = hold.until, until < from, let place = entry.until?.place {
      report(place, "a hold ends before it begins, so that it would hold nothing", "write the earlier day under `from`")
    }
    return hold
  }

  /// What marks each of them, in a journal that tells nothing of people.
  func marks(_ suppression: Suppression) throws(ScrubRefusal) -> [String] {
    var marks: [String] = []
    for hold in holds { marks.append(try suppression.mark(hold)) }
    return marks.sorted()
  }

  /// Those that keep something else than what some marks tell of.
  func without(_ marks: [String], _ suppression: Suppression) throws(ScrubRefusal) -> LegalHolds {
    var rest = LegalHolds()
    for hold in holds where !marks.contains(try suppression.mark(hold)) { rest.holds.append(hold) }
    return rest
  }

  /// The same, also in what was scrubbed.
  func known(under pseudonyms: KnownPseudonyms) throws(ScrubRefusal) -> LegalHolds {
    var known = self
    for number in holds.indices {
      for workspace in holds[number].workspaces {
        known.holds[number].pseudonyms.formUnion(try pseudonyms.aliases(ofWorkspace: workspace))
      }
    }
    return known
  }

  /// The holds that a person is under.
  func on(_ own: Set<Identity>) -> [Hold] {
    holds.filter { hold in hold.subjects.isEmpty || hold.subjects.contains { isOne($0, of: own) } }
  }

  /// What they name of people who are known by its pseudonyms, as in archives that were scrubbed earlier.
  ///
  /// - Parameter people: what is known of each.
  func names(of people: [Set<Identity>], under pseudonyms: KnownPseudonyms) throws(ScrubRefusal) -> [Set<Identity>] {
    var names = people.map { _ in Set<Identity>() }
    for identity in holds.flatMap(\.subjects).compactMap(\.identity) {
      let aliases = try pseudonyms.aliases(of: identity)
      for number in people.indices where aliases.contains(where: people[number].contains) { names[number].insert(identity) }
    }
    for subject in holds.flatMap(\.subjects) where subject.format != .raw {
      guard let kind = subject.identifier.kind.identity else { continue }
      // No pseudonym can be made of a digest: in doubt the one who is known by a pseudonym only is the one that is held.
      for number in people.indices {
        for identity in people[number] where identity.kind == kind {
          if try pseudonyms.isOfNobodyKnows(identity, among: people[number]) {
            names[number].insert(Identity(kind, normalised: subject.identifier.value))
          }
        }
      }
    }
    return names
  }

  private func isOne(_ subject: Subject, of own: Set<Identity>) -> Bool {
    guard let kind = subject.identifier.kind.identity else { return false }
    if subject.format == .raw { return Identity(kind, subject.identifier.value).map { own.contains($0) } ?? false }
    guard let name = subject.format.name else { return false }
    return own.contains { identity in
      identity.kind == kind
        && (identity.text == subject.identifier.value
          || identity.usualSpellings(and: []).contains { name.hex($0) == subject.identifier.value })
    }
  }
}

extension LegalHolds.Hold {
  /// What it keeps, whoever answers for it: the same for two only where they keep the same.
  var extent: [UInt8] {
    let named = subjects.map {
      Array("\($0.identifier.kind.rawValue):\($0.format.rawValue):".utf8) + $0.identifier.value
    }
    func sorted(_ texts: some Sequence<[UInt8]>) -> [[UInt8]] { texts.sorted { $0.lexicographicallyPrecedes($1) } }
    let days = [from, until].map { Array(($0?.description ?? "").utf8) }
    let parts = sorted(named) + [[]] + sorted(workspaces) + [[]] + days
    return parts.flatMap { Array("\($0.count):".utf8) + $0 }
  }

  /// Whether an event is under the hold. One whose time or workspace nobody knows is: what is held in doubt can go later,
  /// and what went does not come back. The first moment of a week, month or year stands for all of it, for that is what
  /// coarser times become.
  ///
  /// - Parameters:
  ///   - time: seconds since 1970-01-01; `Int.min` where the event tells none.
  ///   - workspace: nothing where it cannot be told.
  func holds(time: Int, workspace: [UInt8]?) -> Bool {
    if !workspaces.isEmpty, let workspace, !workspace.isEmpty, !workspaces.contains(workspace), !pseudonyms.contains(workspace) {
      return false
    }
    if time == .min { return true }
    let first = Day(seconds: time)
    let last = time == first.number * 86_400 ? first.lastMeant : first
    return from.map { last >= $0 } ?? true && until.map { first <= $0 } ?? true
  }
}
