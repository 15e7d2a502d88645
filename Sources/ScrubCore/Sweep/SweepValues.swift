/// The values of people that a residual sweep looks for: identifiers, never names.
///
/// A value has eight bytes or more, a telephone number eight digits. What is shorter would be found in anything.
package struct SweepValues: Codable, Sendable {
  struct Value: Codable, Sendable {
    /// In its one spelling.
    let text: [UInt8]
    /// Which letters are the same as its own.
    var letters: Letters
    /// Of a telephone number: how many digits it has without the calling code of its country; 0 for other values.
    let nationalCount: Int
    /// An address ends where no domain goes on, and starts where no local part does.
    let isAddress: Bool
    /// Numbers of the people whose it is.
    var owners: [Int]

    var isPhone: Bool { nationalCount > 0 }
  }

  enum Letters: Int, Codable, Sendable {
    /// Those of either case.
    case alike
    /// Those of its case only.
    case exact
    /// Those of either case, but not all of its own: of a value of which these are somebody else's if anybody has them.
    case other
  }

  let values: [Value]
  /// By person: how the workspaces are spelled of which alone events count, in order; none where all do.
  private var workspaces: [[[UInt8]]]?

  /// The lengths that are looked for, in bytes.
  private static let lengths = 8...2048

  /// - Parameter own: what belongs to people, with their numbers.
  package init(_ own: [(identity: Identity, owner: Int)]) {
    var values: [Value] = []
    var numbers: [Key: Int] = [:]
    var ids: Set<Int> = []
    for (identity, owner) in own {
      guard let value = Self.value(identity, owner) else { continue }
      let key = Key(text: value.text.map(lowered), isPhone: value.isPhone)
      let number = numbers[key] ?? values.count
      if numbers[key] == nil { values.append(value) }
      numbers[key] = number
      if identity.kind.isWritten { ids.insert(number) }
      if value.letters == .alike { values[number].letters = .alike }
      if !values[number].owners.contains(owner) { values[number].owners.append(owner) }
    }
    let others = ids.sorted().map { values[$0] }.filter { $0.letters == .exact && $0.text.contains(where: isLetter) }
    self.init(values: values + others.map(\.inOtherCase), workspaces: nil)
  }

  private init(values: [Value], workspaces: [[[UInt8]]]?) {
    self.values = values
    self.workspaces = workspaces
  }

  package var count: Int { values.count }
  package var isEmpty: Bool { values.isEmpty }

  /// The people whose value it is.
  package func owners(of value: Int) -> [Int] { values[value].owners }

  /// All but those of some people, by value: what is nobody's then goes, and the rest has new numbers.
  package func without(_ owners: [Int: Set<Int>]) -> SweepValues {
    var rest: [Value] = []
    for (number, var value) in values.enumerated() {
      if let gone = owners[number] { value.owners.removeAll { gone.contains($0) } }
      if !value.owners.isEmpty { rest.append(value) }
    }
    return SweepValues(values: rest, workspaces: workspaces)
  }

  // MARK: workspaces

  /// Whether of some people only some workspaces count.
  var isLimited: Bool { workspaces != nil }

  /// - Parameter spellings: by person, how the workspaces are spelled of which alone events count; none where all do.
  package mutating func limit(to spellings: [Set<[UInt8]>]) {
    if spellings.allSatisfy(\.isEmpty) { return }
    workspaces = spellings.map { $0.sorted { $0.lexicographicallyPrecedes($1) } }
  }

  /// Notes a text that stands for a workspace.
  ///
  /// - Parameter workspace: empty where nobody can tell which it is.
  package mutating func note(_ text: [UInt8], standingFor workspace: [UInt8]) {
    workspaces = workspaces?.map { own in
      guard !own.isEmpty, !own.contains(text), workspace.isEmpty || own.contains(workspace) else { return own }
      return (own + [text]).sorted { $0.lexicographicallyPrecedes($1) }
    }
  }

  /// The people whose value it is in an event of a workspace; one that tells none counts for all.
  package func owners(of value: Int, in workspace: [UInt8]) -> [Int] {
    guard let workspaces, !workspace.isEmpty else { return values[value].owners }
    return values[value].owners.filter { workspaces[$0].isEmpty || workspaces[$0].contains(workspace) }
  }

  private struct Key: Hashable {
    let text: [UInt8]
    let isPhone: Bool
  }

  private static func value(_ identity: Identity, _ owner: Int) -> Value? {
    // The request of an agent joins events, and names nobody.
    guard identity.kind != .agentRequest, lengths.contains(identity.text.count) else { return nil }
    let isNumber = identity.kind == .phone && identity.text.allSatisfy(isDigit)
    return Value(
      text: identity.text, letters: identity.kind.normaliser == .trimmed ? .exact : .alike,
      nationalCount: isNumber ? nationalCount(identity.text) : 0, isAddress: identity.kind == .email,
      owners: [owner])
  }

  /// Digits behind the calling code (ITU-T E.164, annex to Operational Bulletin 1163). With fewer than eight the number
  /// is looked for with its code only.
  private static func nationalCount(_ digits: [UInt8]) -> Int {
    let first = Int(digits[0] &- 0x30)
    let two = first * 10 + Int(digits[1] &- 0x30)
    let code = first == 1 || first == 7 ? 1 : twoDigitCodes.contains(two) ? 2 : 3
    return digits.count - code >= 8 ? digits.count - code : digits.count
  }

  private static let twoDigitCodes: Set<Int> = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58,
    60, 61, 62,
    63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
  ]
}

extension SweepValues.Value {
  fileprivate var inOtherCase: Self {
    var other = self
    other.letters = .other
    return other
  }
}

extension IdentityKind {
  /// Whether people write values of the kind, in one case or the other. Of tokens either case is another token.
  fileprivate var isWritten: Bool { self != .pushToken && self != .whatsAppMessageID }
}
