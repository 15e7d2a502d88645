internal import ScrubCore
internal import ScrubPolicy

/// The text of an Avro schema, by which what was worked out for it is known: thousands of bytes that every file brings
/// anew, so they are hashed at once and not one by one.
struct SchemaText: Hashable, Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func hash(into hasher: inout Hasher) { hasher.combine(text: bytes) }
}

/// A schema, and the shape that the events of a file are taken to have.
struct SchemaKey: Hashable {
  let text: SchemaText
  let destination: Destination

  init(_ text: [UInt8], _ destination: Destination) {
    self.text = SchemaText(text)
    self.destination = destination
  }
}
