internal import Foundation
internal import ScrubArchive
internal import ScrubNative
internal import ScrubPolicy

/// A policy's text and where it came from.
package struct PolicyText: Sendable {
  package let yaml: String
  /// `builtin:gdpr`, or the path.
  package let source: String

  /// SHA-256 of the policy's bytes, hex.
  package var digest: String { Digest256.sha256(yaml).hex }

  /// Whether it is part of the program.
  package var isBuiltIn: Bool { source.hasPrefix("builtin:") }

  /// Finds a policy: a file, `builtin:NAME`, or, where no such file exists, the name of a built-in one; a folder is no file.
  ///
  /// - Throws: `ScrubRefusal.noPolicy` where there is none, `ScrubRefusal.file` where it cannot be read.
  package static func find(_ name: String, allowBuiltIn: Bool) throws(ScrubRefusal) -> PolicyText {
    if name.hasPrefix("builtin:") {
      let bare = String(name.dropFirst("builtin:".count))
      guard let text = builtInPolicies[bare] else { throw .noPolicy(name) }
      return PolicyText(yaml: text, source: name)
    }
    if FileManager.default.fileExists(atPath: name) && !FileIdentity.isFolder(name) {
      do throws(Failure) { return PolicyText(yaml: try GivenFile.readText(name), source: name) } catch {
        throw .unreadablePolicy(name)
      }
    }
    var bare = name
    for ending in [".yml", ".yaml"] where bare.hasSuffix(ending) { bare.removeLast(ending.count) }
    guard allowBuiltIn, let text = builtInPolicies[bare] else { throw .noPolicy(name) }
    return PolicyText(yaml: text, source: "builtin:\(bare)")
  }

  /// The built-in policy whose name resembles one that names nothing.
  package static func suggestion(for name: String) -> String? {
    var bare = name.hasPrefix("builtin:") ? String(name.dropFirst("builtin:".count)) : name
    for ending in [".yml", ".yaml"] where bare.hasSuffix(ending) { bare.removeLast(ending.count) }
    return nearest(bare, in: Array(builtInPolicies.keys)).map { "builtin:\($0)" }
  }
}
