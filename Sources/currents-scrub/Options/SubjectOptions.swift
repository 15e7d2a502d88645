internal import ArgumentParser
internal import Glibc
internal import ScrubOperations

/// Whom a command is about.
struct SubjectOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An identifier of the person, such as email=...; other users may see it, so prefer --subject-file. Repeatable.",
      valueName: "kind=value"))
  var subject: [String] = []

  @Option(
    name: .customLong("subject-file"),
    help: ArgumentHelp("A file of KIND=VALUE lines, or - for standard input. Repeatable.", valueName: "file"), transform: localPath)
  var files: [String] = []

  /// Every identifier; one on the command line is warned of once.
  func identifiers(_ messages: Messages) throws(ScrubRefusal) -> [Identifier] {
    if !subject.isEmpty { messages.note("other users can see --subject while this runs; --subject-file is private") }
    var identifiers: [Identifier] = []
    for text in subject { identifiers.append(try Identifier(text)) }
    for file in files {
      if KeptText.fault(in: file, "file") != nil, unsafe access(file, F_OK) != 0 {
        throw .usage("--subject-file is a file of KIND=VALUE lines, and no such file is there; an identifier itself is no name of one")
      }
      identifiers += try Identifier.read(file)
    }
    return identifiers
  }
}
