internal import ArgumentParser
internal import Foundation
internal import ScrubOperations
internal import ScrubPolicy

struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "End a scrub or an inspection that many machines did in parts.",
    discussion: """
      Checks that every part of the plan is done, and makes of them what one machine would have made: manifest, report, \
      tokens in the vault, disclosure; or the inspection. Needs no policy and no key.

      EXAMPLE
        currents-scrub merge clean/
        currents-scrub merge parts/ --html archive.html

      EXIT STATUS
        0   done
        1   some files were not written
        2   something was withheld, unreadable or unsupported
        3   a part is missing, or there is no plan
        4   a part is on its way for ten minutes, or another run holds the output
        64  the command line has a mistake
      """)

  @Argument(help: "Where the parts meet: the output of the scrub, or what -o named for the inspection.")
  var output: String

  @Option(help: "Where the report of a scrub goes, a folder for each run (default: Reports).", transform: localPath)
  var reports: String?

  @Option(help: "Write the page of an inspection to this file.", transform: localPath)
  var html: String?

  @OptionGroup var additions: CatalogOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let messages = Messages(isQuiet: common.quiet)
    let catalog = try additions.catalog(messages)
    let (name, time) = Environment.runName("scrub", at: Date.now)
    let ((merge, merged), seconds) = try await Watched.run(messages, over: [output], isShown: false) {
      interrupt, _ async throws(ScrubRefusal) in
      let merge = PartsMerge(output, stateFolder: Environment.stateFolder(common.state), run: name, interrupt: interrupt)
      return (merge, try merge.merge(catalog))
    }
    switch merged {
    case .scrub(var report, _):
      report.run = name
      report.started = time
      report.seconds = seconds
      try await ScrubCommand.show(report, in: reports ?? "Reports", common, messages)
      try messages.refusing(merge.clear)
      if report.exit != 0 { throw ExitCode(Int32(report.exit)) }
    case .inspection(var inspection):
      inspection.seconds = seconds
      messages.problems(inspection)
      if let html { try messages.write(inspection, to: html) }
      try InspectCommand.show(inspection, page: html, common)
      try messages.refusing(merge.clear)
      if inspection.exit != 0 { throw ExitCode(Int32(inspection.exit)) }
    }
  }
}
