internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct CatalogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "catalog", abstract: "What is known of events and fields: list it, look at it, add to it.",
    discussion: """
      EXAMPLE
        currents-scrub catalog show users.messages.email.Click --destination \\
          segment
      """,
    subcommands: [List.self, Show.self, Import.self, Drift.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the event types: how many fields each has, how many are marked or personal, where it goes.",
      discussion: """
        EXAMPLE
          currents-scrub catalog list --destination mparticle

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          3   a catalog addition is refused
          64  the command line has a mistake
        """)

    @OptionGroup var place: DestinationOption
    @OptionGroup var additions: CatalogOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let catalog = try additions.catalog(Messages(isQuiet: common.quiet))
      let text =
        try common.json
        ? CatalogList(catalog, destination: place.value).json()
        : CatalogText(catalog: catalog, destination: place.value).list
      if !writeAll(1, text) { throw ExitCode(1) }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show an event type with its members, or a field with its paths and events.",
      discussion: """
        Names are taken in any letter case.

        EXAMPLE
          currents-scrub catalog show users.messages.email.Click
          currents-scrub catalog show email_address --destination segment

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          3   a catalog addition is refused
          64  the command line has a mistake
        """)

    @Argument(help: "An event type, or the canonical name of a field.")
    var name: String

    @OptionGroup var place: DestinationOption
    @OptionGroup var additions: CatalogOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let catalog = try additions.catalog(messages)
      let text = CatalogText(catalog: catalog, destination: place.value)
      let shown: String
      if let event = catalog.eventType(named: name) {
        if catalog.allShapes(of: event, in: place.value).isEmpty {
          let others = catalog.allShapes(of: event, in: nil).map(\.destination.rawValue)
          messages.error(
            "\(event) is not known in this destination [catalog.no-shape]",
            hint: "it is in \(others.joined(separator: ", "))")
          throw ExitCode(64)
        }
        shown =
          try common.json
          ? CatalogEvent(event, in: catalog, destination: place.value).json() : text.event(event)
      } else if let field = catalog.index(ofFieldInAnyCase: name) {
        shown =
          try common.json
          ? CatalogField(field, in: catalog, destination: place.value).json() : text.field(field)
      } else {
        messages.error(
          "`\(visible(name))` is no event type and no field of the catalog [catalog.unknown-name]",
          hint: catalog.suggestion(for: name).map { "did you mean `\($0)`?" } ?? "see currents-scrub catalog list")
        throw ExitCode(64)
      }
      if !writeAll(1, shown) { throw ExitCode(1) }
    }
  }
}

/// One destination, where the caller wants only that.
struct DestinationOption: ParsableArguments {
  @Option(name: [.customShort("d"), .long], help: "Only storage, amplitude, mixpanel, mparticle or segment.")
  var destination: String?

  var value: Destination? { destination.flatMap { Destination(rawValue: $0) } }

  func validate() throws {
    if destination != nil && value == nil {
      throw ValidationError("--destination is one of \(Destination.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }
}
