internal import ArgumentParser
internal import ScrubArchive
internal import ScrubOperations
internal import ScrubPolicy

/// What the commands that look into an archive understand.
struct InspectionOptions: ParsableArguments {
  @Argument(help: "Files and folders of an archive.")
  var input: [String]

  @OptionGroup var events: EventOptions
  @OptionGroup var reading: ReadingOptions

  @Option(help: "Write one page with pictures and tables to this file.", transform: localPath)
  var html: String?

  @OptionGroup var additions: CatalogOptions

  /// Reads the archive; problems are told on standard error, and the page is written where it is wanted.
  func inspect(messages: Messages) async throws -> Inspection {
    let (catalog, options) = try asked(messages)
    try messages.refusePage(html, inside: input)
    let result = try await Watched.inspect(catalog, options, messages)
    messages.passedOver(result.passedOver)
    messages.problems(result.inspection)
    if let html { try messages.write(result.inspection, to: html) }
    return result.inspection
  }

  /// What is known, and what is to be read.
  func asked(_ messages: Messages) throws -> (Catalog, InspectOptions) {
    let catalog = try additions.catalog(messages)
    return (catalog, try options(catalog, messages))
  }

  private func options(_ catalog: Catalog, _ messages: Messages) throws -> InspectOptions {
    var options = reading.inspection(of: input)
    do throws(ScrubRefusal) { options.eventType = try events.type(in: catalog) } catch { throw messages.refusal(error) }
    options.destination = events.place
    return options
  }
}

extension Messages {
  /// Refuses a page that would lie in what is read: its place may be that of a file of an archive.
  func refusePage(_ page: String?, inside folders: [String]) throws {
    try refusing { () throws(ScrubRefusal) in try OwnPlaces.refuse(page, "the page", inside: folders, option: "--html") }
  }

  /// Writes the page of an inspection.
  func write(_ inspection: Inspection, to path: String) throws {
    do { try InspectionPage.write(inspection, to: path) } catch let failure as Failure { throw self.failure(failure) }
  }
}
