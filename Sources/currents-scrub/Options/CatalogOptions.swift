internal import ArgumentParser
internal import ScrubPolicy

/// What is known of events beyond what is built in.
struct CatalogOptions: ParsableArguments {
  @Option(
    name: .customLong("catalog"),
    help: ArgumentHelp("A catalog addition, as `catalog import` writes it. Repeatable.", valueName: "file"))
  var additions: [String] = []

  /// The built-in catalog with every addition; a file that cannot be read or used is told and ends the program.
  func catalog(_ messages: Messages) throws -> Catalog {
    var catalog = Catalog.builtIn
    var mistakes = 0
    for file in additions {
      let bytes = try GivenFile.read(file, messages)
      do throws(CatalogAdditionFailure) {
        catalog = catalog.adding(try CatalogAddition(parsing: bytes))
      } catch {
        messages.findings(error.findings, in: file)
        mistakes += error.findings.count
      }
    }
    guard mistakes == 0 else {
      messages.error("a catalog addition is refused: \(counted(mistakes, "mistake")) [addition.refused]")
      throw ExitCode(3)
    }
    return catalog
  }
}
