internal import Foundation
internal import ScrubArchive

/// A policy's text and where it came from.
package struct PolicyText: Sendable {
  package let yaml: String
  /// `builtin:gdpr`, or the path.
  package let source: String

  package enum Problem: Error, Sendable {
    case notFound(String)
    case unreadable(String)
  }

  /// Finds a policy: a file, `builtin:NAME`, or, where no such file exists, the name of a built-in one.
  package static func find(_ name: String, allowBuiltIn: Bool) throws(Problem) -> PolicyText {
    if name.hasPrefix("builtin:") {
      let bare = String(name.dropFirst("builtin:".count))
      guard let text = builtInPolicies[bare] else { throw .notFound(name) }
      return PolicyText(yaml: text, source: name)
    }
    if FileManager.default.fileExists(atPath: name) {
      guard let data = FileManager.default.contents(atPath: name), data.count < 1 << 22,
        let text = String(validating: data, as: UTF8.self)
      else { throw .unreadable(name) }
      return PolicyText(yaml: text, source: name)
    }
    var bare = name
    for ending in [".yml", ".yaml"] where bare.hasSuffix(ending) { bare.removeLast(ending.count) }
    guard allowBuiltIn, let text = builtInPolicies[bare] else { throw .notFound(name) }
    return PolicyText(yaml: text, source: "builtin:\(bare)")
  }
}
