internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Write a synthetic archive of made-up people, with a truth file.",
    discussion: """
      The same options give the same bytes. What is in it stands in _truth.json beside it.

      EXAMPLE
        currents-scrub sample --events 20000 -o archive/

      EXIT STATUS
        0   done
        1   the folder cannot be written
        64  the command line has a mistake
      """)

  @Option(help: "How many events.")
  var events: Int

  @Option(help: "How many people (default: one for 20 events).")
  var users: Int?

  @Option(
    name: [.customShort("d"), .long], help: "storage, amplitude, mixpanel, mparticle or segment.",
    completion: .list(Destination.allCases.map(\.rawValue)))
  var destination = "storage"

  @Option(help: "avro or ndjson (default: avro for storage, else ndjson).")
  var format: String?

  @Option(help: "Another seed gives other people.")
  var seed: UInt64 = 1

  @Option(name: .customLong("events-per-file"), help: "At most so many events in a file.")
  var eventsPerFile = 4000

  @Flag(help: "Also the six event types that Currents wrote in earlier years.")
  var history = false

  @Option(name: [.customShort("o"), .customLong("output")], help: "The folder; it must be empty or not exist.", transform: localPath)
  var output: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if Destination(rawValue: destination) == nil {
      throw ValidationError("--destination is one of \(Destination.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    if let format, SampleOptions.Format(rawValue: format) == nil {
      throw ValidationError("--format is avro or ndjson")
    }
  }

  func run() throws {
    let messages = Messages(isQuiet: common.quiet)
    let options = SampleOptions(
      events: events, users: users, destination: Destination(rawValue: destination) ?? .storage,
      format: format.flatMap { SampleOptions.Format(rawValue: $0) }, seed: seed, output: output,
      eventsPerFile: eventsPerFile, includesHistory: history)
    let summary: SampleSummary
    do throws(SampleProblem) { summary = try Sample(options: options).write() } catch {
      messages.error("\(visible(error.message)) [sample.refused]")
      throw ExitCode(error.isUsage ? 64 : 1)
    }
    let text =
      common.json
      ? try summary.json()
      : "\(counted(summary.files, "file")), \(counted(summary.events, "event")) of \(summary.users == 1 ? "1 person" : "\(grouped(summary.users)) people"), "
        + "\(size(summary.bytes)). Truth: \(visible(summary.truth))\n"
    if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
  }
}
