internal import ScrubCore

/// Tells a destination by the members that its events have, sent or stored.
package enum DestinationShape {
  /// The first of them that an event has tells.
  private static let marks: [(path: String, destination: Destination)] = [
    ("anonymousId", .segment), ("userId", .segment), ("messageId", .segment),
    // The columns of its tables in warehouses.
    ("event_text", .segment), ("original_timestamp", .segment), ("uuid_ts", .segment),
    ("properties.$partner_id", .mixpanel), ("properties.distinct_id", .mixpanel), ("properties.$insert_id", .mixpanel),
    // A row of Mixpanel's pipelines has also what marks events of Amplitude.
    ("distinct_id", .mixpanel),
    // Whatever is in them, so what is in them is not asked for: then they would not be found themselves.
    ("user_identities", .mparticle), ("device_info", .mparticle), ("schema_version", .mparticle), ("mpid", .mparticle),
    ("event_properties", .amplitude), ("insert_id", .amplitude), ("$insert_id", .amplitude), ("library", .amplitude),
    ("amplitude_id", .amplitude), ("user_properties", .amplitude),
    ("id", .storage), ("external_user_id", .storage), ("app_group_id", .storage), ("events[].user", .storage),
    ("events[].properties", .storage),
  ]
  private static let probe = JSONProbe(marks.map(\.path))

  /// The destination that the members of an event speak for; nothing where they speak for none.
  package static func destination(of event: borrowing RawSpan) -> Destination? {
    probe.members(of: event).flatMap { present in zip(marks, present).first { $0.1 }?.0.destination }
  }

  /// The destination that the first line speaks for that speaks for any; nothing where none does.
  ///
  /// - Parameter isCut: whether the last of them may go on.
  /// - Returns: also where the last begins.
  package static func destination(ofLines lines: borrowing RawSpan, isCut: Bool) -> (told: Destination?, last: Int) {
    var (start, last) = (0, 0)
    while start < lines.byteCount {
      // Blank lines may be many.
      start = lines.blanksEnd(from: start)
      last = start
      if start == lines.byteCount { break }
      let end = lines.firstIndex(of: 0x0a, from: start)
      if isCut && end == lines.byteCount { break }
      if let told = destination(of: lines.extracting(start..<end)) { return (told, last) }
      start = end + 1
    }
    return (nil, last)
  }

  /// Whether the columns of a table are those of another destination's rows, and none of them is one that only storage has.
  package static func isOfOthers(columns: [String]) -> Bool {
    if columns.contains(where: ["external_user_id", "app_group_id"].contains) { return false }
    // Anybody's tables may have these.
    let common = ["library", "schema_version"]
    return columns.contains { column in marks.contains { $0.destination != .storage && $0.path == column } && !common.contains(column) }
  }

  /// By destination, by what events of others are told from its own.
  static let marksOfOthers = Dictionary(
    uniqueKeysWithValues: Destination.allCases.map { own in
      let (others, its) = (marks.filter { $0.destination != own }, marks.filter { $0.destination == own })
      // Others send lists of their events in bodies such as Braze's connector does, some with `properties` as it has.
      let inBodies = own == .storage ? others.filter { $0.destination != .mparticle } : []
      let sure = its.map(\.path).filter { $0 != "events[].properties" }
      return (own, ShapeMarks(own: sure, others: others.map(\.path) + inBodies.map { "events[]." + $0.path }))
    })
}
