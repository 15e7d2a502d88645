package import ScrubPolicy

/// What a command prints with `--json`.
package protocol Document: Encodable {}

extension Document {
  /// The document as text: sorted keys, indented, a newline at the end. The same document gives the same bytes.
  package func json() throws -> String {
    String(decoding: try DocumentEncoder.text(of: self) + [0x0a], as: UTF8.self)
  }
}

extension JSONValue: Document {}
