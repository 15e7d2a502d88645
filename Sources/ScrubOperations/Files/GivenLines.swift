internal import ScrubArchive

/// Small things that the caller gives as arguments, or one a line on standard input.
package enum GivenLines {
  /// The arguments; in place of `-` the lines of standard input, empty ones left out.
  package static func replacingDash(in arguments: [String]) throws(ScrubRefusal) -> [String] {
    var all: [String] = []
    for argument in arguments {
      if argument != "-" {
        all.append(argument)
        continue
      }
      do throws(Failure) {
        all += try GivenFile.readText("-").split(whereSeparator: \.isNewline).map(String.init)
      } catch {
        throw .file(error)
      }
    }
    return all
  }
}
