internal import ArgumentParser

struct CatalogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog", abstract: "The catalog of events and fields.",
    discussion: """
      EXAMPLE
        currents-scrub catalog drift archive/
      """,
    subcommands: [CatalogDriftCommand.self])
}
