internal import ScrubCore
internal import ScrubPolicy

/// Tells a destination by the members that its events have, sent or stored.
struct DestinationShape {
  private static let marks: [(path: String, destination: Destination)] = [
    ("anonymousId", .segment), ("userId", .segment), ("messageId", .segment),
    ("properties.$partner_id", .mixpanel), ("properties.distinct_id", .mixpanel), ("properties.$insert_id", .mixpanel),
    // A row of Mixpanel's pipelines has also what marks events of Amplitude.
    ("distinct_id", .mixpanel),
    // Whatever is in them, so what is in them is not asked for: then they would not be found themselves.
    ("user_identities", .mparticle), ("device_info", .mparticle), ("schema_version", .mparticle), ("mpid", .mparticle),
    ("event_properties", .amplitude), ("insert_id", .amplitude), ("$insert_id", .amplitude), ("library", .amplitude),
    ("amplitude_id", .amplitude),
  ]
  private static let probe = JSONProbe(marks.map(\.path))

  /// The destination of the first line that can be read; nothing where none can.
  ///
  /// - Parameter isCut: whether the last of them may go on.
  /// - Returns: also where the last begins.
  static func destination(of lines: borrowing RawSpan, isCut: Bool) -> (told: Destination?, last: Int) {
    var (start, last) = (0, 0)
    while start < lines.byteCount {
      let end = lines.firstIndex(of: 0x0a, from: start)
      last = start
      if isCut && end == lines.byteCount { break }
      if let present = probe.members(of: lines.extracting(start..<end)) { return (destination(present), last) }
      start = end + 1
    }
    return (nil, last)
  }

  /// The destination of an event; storage, whose events name nothing of the kind, where it cannot be read.
  static func destination(of event: borrowing RawSpan) -> Destination {
    probe.members(of: event).map(destination) ?? .storage
  }

  private static func destination(_ present: [Bool]) -> Destination {
    zip(marks, present).first { $0.1 }?.0.destination ?? .storage
  }
}
