internal import ScrubArchive

/// Small things that the caller gives as arguments, or one a line on standard input.
package enum GivenLines {
  /// The arguments; in place of `-` the lines of standard input.
  ///
  /// - Parameter keepsBlanks: whether empty lines stay, so that what becomes of the lines stands side by side with them.
  package static func replacingDash(in arguments: [String], keepsBlanks: Bool = false) throws(ScrubRefusal) -> [String] {
    var all: [String] = []
    for argument in arguments {
      if argument != "-" {
        all.append(argument)
        continue
      }
      do throws(Failure) {
        var lines = try GivenFile.readText("-").split(omittingEmptySubsequences: !keepsBlanks, whereSeparator: \.isNewline)
        // Behind the last end of a line there is none.
        if lines.last?.isEmpty == true { lines.removeLast() }
        all += lines.map(String.init)
      } catch {
        throw .file(error)
      }
    }
    return all
  }
}
