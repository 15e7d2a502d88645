internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// What is known of events beyond what is built in.
struct CatalogOptions: ParsableArguments {
  @Option(
    name: .customLong("catalog"),
    help: ArgumentHelp("A catalog addition, as `catalog import` writes it. Repeatable.", valueName: "file"), transform: localPath)
  var additions: [String] = []

  /// The built-in catalog with every addition; a file that cannot be read or used is told and ends the program.
  func catalog(_ messages: Messages) throws -> Catalog {
    do throws(ScrubRefusal) { return try CatalogFiles.catalog(with: additions) } catch {
      throw messages.refusal(error)
    }
  }
}
