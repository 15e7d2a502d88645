/// By which members an event shows that it has the shape of another destination than the events around it.
package struct ShapeMarks: Sendable {
  private let probe: JSONProbe
  private let ownCount: Int
  /// Members that are asked about further where nobody knows them: events in which others' marks stand have one of them.
  let names: Set<String>

  /// - Parameters:
  ///   - own: the members that events of the destination have, such as `properties.$partner_id`.
  ///   - others: those of the others.
  package init(own: [String], others: [String]) {
    probe = JSONProbe(own + others)
    ownCount = own.count
    names = Set(others.flatMap { $0.split { ".[]".contains($0) }.map(String.init) } + ["event"])
  }

  /// Whether an event has marks of other destinations, and none of its own.
  func speakForOthers(_ event: borrowing RawSpan) -> Bool {
    guard let present = probe.members(of: event) else { return false }
    return !present[..<ownCount].contains(true) && present[ownCount...].contains(true)
  }
}
