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

  @Option(help: "Write one page with pictures and tables to this file.")
  var html: String?

  @OptionGroup var additions: CatalogOptions

  /// Reads the archive; problems are told on standard error, and the page is written where it is wanted.
  func inspect(messages: Messages) async throws -> Inspection {
    let catalog = try additions.catalog(messages)
    let options = try options(catalog, messages)
    let result = try await Watched.inspect(catalog, options, messages)
    messages.problems(result.inspection)
    if let html { try write(result.inspection, to: html, messages) }
    return result.inspection
  }

  private func options(_ catalog: Catalog, _ messages: Messages) throws -> InspectOptions {
    var options = reading.inspection(of: input)
    do throws(ScrubRefusal) { options.eventType = try events.type(in: catalog) } catch { throw messages.refusal(error) }
    options.destination = events.place
    return options
  }

  private func write(_ inspection: Inspection, to path: String, _ messages: Messages) throws {
    do { try InspectionPage.write(inspection, to: path) } catch let failure as Failure { throw messages.failure(failure) }
  }
}
