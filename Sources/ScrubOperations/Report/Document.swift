internal import Foundation
package import ScrubPolicy

/// What a command prints with `--json`.
package protocol Document: Encodable {}

extension Document {
  /// The document as text: sorted keys, indented, a newline at the end. The same document gives the same bytes.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension JSONValue: Document {}
