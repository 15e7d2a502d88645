internal import ScrubArchive
internal import ScrubPolicy

/// Events for programs: a line an event, as JSON, each with the place it was found at.
struct EventLines {
  static let name = "events.ndjson"

  static func write(_ events: AccessEvents, to folder: inout PackageFolder) throws(Failure) {
    var file = try folder.start(name)
    var failure: Failure?
    events.forEach { event in
      guard failure == nil else { return }
      do throws(Failure) { try file.write(line(event)) } catch { failure = error }
    }
    if let failure { throw failure }
    try folder.end(&file, name)
  }

  private static func line(_ event: AccessEvent) -> [UInt8] {
    let matched = event.matchedBy.map(quoted).joined(separator: ",")
    let head =
      #"{"source":\#(source(event.source)),"event_type":\#(quoted(event.eventType)),"#
      + #""destination":"\#(event.source.destination.rawValue)","matched_by":[\#(matched)],"event":"#
    var line = Array(head.utf8) + event.json
    if !event.copies.isEmpty {
      line += Array(#","copies":["#.utf8) + event.copies.map(copy).joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
    if event.repeats > 0 { line += Array(#","repeats":\#(event.repeats)"#.utf8) }
    return line + Array("}\n".utf8)
  }

  private static func copy(_ copy: AccessEvent.Copy) -> [UInt8] {
    let differs = copy.differs.map(quoted).joined(separator: ",")
    let head =
      #"{"source":\#(source(copy.source)),"destination":"\#(copy.source.destination.rawValue)","differs":[\#(differs)]"#
    return Array(head.utf8) + (copy.json.map { Array(#","event":"#.utf8) + $0 } ?? []) + [UInt8(ascii: "}")]
  }

  private static func source(_ source: EventSource) -> String {
    let block = source.block.map(String.init) ?? "null"
    let part = source.part.map { #","part":\#($0)"# } ?? ""
    return #"{"file":\#(quoted(source.file)),"block":\#(block),"record":\#(source.record)\#(part)}"#
  }
}
