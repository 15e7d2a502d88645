internal import ArgumentParser
internal import Foundation
internal import ScrubOperations
internal import ScrubPolicy

/// What the commands that look into an archive understand.
struct InspectionOptions: ParsableArguments {
  @Argument(help: "Files and folders of an archive.")
  var input: [String]

  @Option(help: "Workers (default: the number of cores).")
  var jobs: Int?

  @Option(name: .customLong("event-type"), help: "The event type of every file, whatever its names say.")
  var eventType: String?

  @Option(help: "The destination whose shape the events have: storage, amplitude, mixpanel, mparticle, segment.")
  var destination: String?

  @Option(help: "Leave out files of this name or path; * stands for any characters. Repeatable.")
  var ignore: [String] = []

  @Option(name: .customLong("max-block"), help: "The largest block or line that is read, in MiB (default: 64).")
  var maxBlock = 64

  @Option(help: "Write one page with pictures and tables to this file.")
  var html: String?

  @OptionGroup var additions: CatalogOptions

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is a number from 1") }
    if !(1...1024).contains(maxBlock) { throw ValidationError("--max-block is 1 to 1024 MiB") }
    if let destination, Destination(rawValue: destination) == nil {
      throw ValidationError("--destination is one of \(Destination.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  /// Reads the archive; problems are told on standard error, and the page
  /// is written where it is wanted.
  func inspect(messages: Messages) async throws -> Inspection {
    let catalog = try additions.catalog(messages)
    let options = try options(catalog, messages)
    let result = try await Watched.inspect(catalog, options, messages)
    messages.problems(result.inspection)
    if let html { try write(result.inspection, to: html, messages) }
    return result.inspection
  }

  private func options(_ catalog: Catalog, _ messages: Messages) throws -> InspectOptions {
    var options = InspectOptions()
    options.inputs = input
    if let eventType {
      options.eventType = catalog.eventType(named: eventType)
      if options.eventType == nil { throw messages.refusal(.usage("--event-type names no event type of the catalog")) }
    }
    options.destination = destination.flatMap { Destination(rawValue: $0) }
    options.ignored = ignore.map { Glob($0) }
    options.jobs = jobs ?? Environment.cores
    options.maxBlock = maxBlock << 20
    return options
  }

  private func write(_ inspection: Inspection, to path: String, _ messages: Messages) throws {
    do { try InspectionPage.write(inspection, to: path) } catch {
      messages.error("\(visible(path)): the page cannot be written [report.unwritable]", hint: "give --html another file")
      throw ExitCode(1)
    }
  }
}

extension Messages {
  /// Files and places that could not be read, one line for each kind.
  func problems(_ inspection: Inspection) {
    for (first, count) in Self.kinds(inspection.problems, by: \.code) {
      let place = first.place.map { ", \($0)" } ?? ""
      let more = count > 1 ? " (and \(count - 1) more)" : ""
      error("\(visible(first.file))\(place): \(first.message) [\(first.code)]\(more)", hint: first.hint)
    }
    for (first, count) in Self.kinds(inspection.damaged, by: \.code) {
      let place = first.line.map { "line \($0)" } ?? first.block.map { "block \($0)" } ?? "byte \(first.offset)"
      let more = count > 1 ? " (and \(count - 1) more)" : ""
      error("\(visible(first.file)), \(place): cannot be read [\(first.code)]\(more)")
    }
  }

  /// Files and places that could not be read, one line for each kind.
  func problems(_ verification: Verification) {
    for (first, count) in Self.kinds(verification.problems, by: \.code) {
      let place = first.place.map { ", \($0)" } ?? ""
      let more = count > 1 ? " (and \(count - 1) more)" : ""
      error("\(visible(first.file))\(place): \(first.message) [\(first.code)]\(more)", hint: first.hint)
    }
  }

  /// The first of each kind, in order, with how many there are.
  private static func kinds<Item>(_ items: [Item], by code: (Item) -> String) -> [(first: Item, count: Int)] {
    var places: [String: Int] = [:]
    var kinds: [(first: Item, count: Int)] = []
    for item in items {
      if let place = places[code(item)] {
        kinds[place].count += 1
      } else {
        places[code(item)] = kinds.count
        kinds.append((item, 1))
      }
    }
    return kinds
  }
}
