internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import ScrubArchive

/// A small file that the caller names: read whole, written whole or not at all.
enum GivenFile {
  /// The most that is read.
  private static let limit = 8 << 20

  /// Everything in a file, or in standard input for `-`.
  static func read(_ name: String, _ messages: Messages) throws -> [UInt8] {
    guard let handle = name == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: name) else {
      throw told(Failure(.unreadable, path: name), messages)
    }
    var bytes: [UInt8] = []
    do {
      while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty, bytes.count <= limit { bytes += part }
    } catch {
      throw told(Failure(.unreadable, path: name), messages)
    }
    guard bytes.count <= limit else {
      messages.error("\(shown(name)): the file is larger than 8 MiB [file.too-large]", hint: "check that it is the right one")
      throw ExitCode(1)
    }
    return bytes
  }

  /// Writes a file under a temporary name beside its own, and gives it its name when it is whole.
  static func write(_ text: String, to path: String, _ messages: Messages) throws {
    let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    if let kind, kind != .typeRegular { throw told(Failure(.notRegular, path: path), messages) }
    let mask = umask(0)
    umask(mask)
    do throws(Failure) {
      var file = try StagedFile.create(temporary: "\(path).\(getpid()).tmp", compressed: false)
      try file.write(Array(text.utf8))
      _ = try file.finish()
      try file.put(at: path, mode: 0o666 & ~mask)
    } catch {
      throw told(Failure(error.code, path: path), messages)
    }
  }

  /// How a file is called in messages.
  static func shown(_ name: String) -> String { name == "-" ? "standard input" : visible(name) }

  private static func told(_ failure: Failure, _ messages: Messages) -> any Error {
    messages.error(
      "\(shown(failure.path)): \(failure.code.message) [\(failure.code.rawValue)]", hint: failure.code.hint)
    return ExitCode(1)
  }
}
