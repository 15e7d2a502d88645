internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// Tells an event type from names around the event.
struct EventNaming {
  let catalog: Catalog

  /// From the name of an Avro record: `dataexport.S3.inner.users.messages.email.Click`.
  ///
  /// - Returns: the event type; or what stands behind `.inner.` where the catalog does not know it.
  func event(ofRecord name: String) -> String? {
    var rest = name[...]
    while true {
      if let known = catalog.eventType(named: String(rest)) { return known }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
  }

  /// From the record's name, the path, or the file's name; else what they say of a type that nobody knows.
  func event(ofRecord name: String, in file: ArchiveFile, told: String?) -> String {
    known(ofRecord: name, in: file, told: told) ?? event(byPathOf: file)?.name ?? Self.inner(ofRecord: name)
  }

  /// What the caller, the record's name, the path, or the file's name tells of a type that is known.
  func known(ofRecord name: String, in file: ArchiveFile, told: String?) -> String? {
    if let known = told ?? event(ofRecord: name) { return known }
    if let byPath = event(byPathOf: file), byPath.isKnown { return byPath.name }
    return event(byNameOf: file)
  }

  /// What stands behind `inner.` in a record's name: `dataexport.S3.inner.users.messages.email.Click`.
  private static func inner(ofRecord name: String) -> String {
    let parts = name.split(separator: ".")
    guard let inner = parts.firstIndex(of: "inner") else { return name }
    return parts[(inner + 1)...].joined(separator: ".")
  }

  /// From the nearest `event_type=` segment of the path, which may be the input or lie above it.
  ///
  /// - Returns: nothing without such a segment; else its event type, which the catalog need not know.
  func event(byPathOf file: ArchiveFile) -> (name: String, isKnown: Bool)? {
    // Standard input lies nowhere.
    guard file.path != "-" else { return nil }
    let isAbsolute = file.place.hasPrefix("/") || ObjectAddress(file.place) != nil
    let path = isAbsolute ? file.place : realPath(".") + "/" + file.place
    var left = 0
    for segment in path.utf8.split(separator: UInt8(ascii: "/")).dropLast().reversed() where !segment.elementsEqual(".".utf8) {
      if segment.elementsEqual("..".utf8) {
        left += 1
        continue
      }
      if left > 0 {
        left -= 1
        continue
      }
      let isNamed = segment.starts(with: "event_type=".utf8) { $0 == $1 || (0x41...0x5a ~= $0 && $0 + 0x20 == $1) }
      guard isNamed else { continue }
      let name = String(Substring(segment.dropFirst("event_type=".utf8.count)))
      return catalog.eventType(named: name).map { ($0, true) } ?? (name, false)
    }
    return nil
  }

  /// From the file's own name: `users.messages.email.Open.json`.
  func event(byNameOf file: ArchiveFile) -> String? {
    let name = (file.relative.split(separator: "/").last.map(String.init) ?? file.relative).lowercased()
    return catalog.eventNames.filter { event, _ in
      guard name.hasPrefix(event) else { return false }
      let next = name.dropFirst(event.count).first
      return next.map { ".-_+ ".contains($0) } ?? true
    }
    .max { $0.key.count < $1.key.count }?.value.first
  }
}

extension Catalog {
  /// What plans and receipts call an event: by a name of the catalog, or by its own where that looks like one of a sort of
  /// events. It may be anything, and somebody's address.
  func toldName(ofEvent name: String) -> String {
    name.isEmpty || eventTypes.contains(name) || JSONInspection.isName(name) ? name : "(unknown)"
  }
}
