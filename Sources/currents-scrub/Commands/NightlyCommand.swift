internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubOperations
internal import ScrubPolicy

struct NightlyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nightly",
    abstract: "Do everything that a cron needs, by one configuration file.",
    discussion: """
      Finishes what an earlier night left, answers requests, applies erasures, suppressions and retention to the \
      archives, scrubs what is new, changed, or was scrubbed under another policy, and says what happened.

      EXAMPLE
        # what a night would do, and what is missing for it
        currents-scrub nightly check nightly.yml
        # a night
        currents-scrub nightly nightly.yml
        # the nights before
        currents-scrub nightly history nightly.yml

      EXIT STATUS
        0   all is done
        1   something failed
        2   something was withheld, unreadable, or waits for somebody
        3   a policy or a guard refused
        4   another night is on its way
        5   a request is overdue
        64  the command line has a mistake
        130 interrupted
      """,
    subcommands: [Run.self, Check.self, History.self, Schema.self], defaultSubcommand: Run.self)
}

/// What all commands of nights understand.
struct NightlyOptionGroup: ParsableArguments {
  @Argument(help: "The configuration.", transform: localPath)
  var config: String

  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false

  @Flag(help: "One JSON document on standard output.")
  var json = false

  /// Tells what a night came to, or would.
  func show(_ summary: NightlySummary) throws {
    let isColoured = Environment.isColoured(1) && !json
    let colour = Colour(exit: summary.exit)
    let text = json ? try summary.json() : quiet ? "" : NightlyText(summary).text { colour.of($0, isColoured) }
    if !writeAll(1, text) { throw ExitCode(1) }
  }

  func read(_ messages: Messages) throws -> NightlyConfig {
    try messages.refusing { () throws(ScrubRefusal) in
      try NightlyConfig.read(config, stateFolder: Environment.stateFolder(nil))
    }
  }
}

extension NightlyCommand {
  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "A night (the default).",
      discussion: """
        EXAMPLE
          15 2 * * *  currents-scrub nightly /etc/currents-scrub/nightly.yml

        EXIT STATUS
          0   all is done
          1   something failed
          2   something was withheld, unreadable, or waits for somebody
          3   a policy or a guard refused
          4   another night is on its way
          5   a request is overdue
          64  the command line has a mistake
          130 interrupted
        """)

    @OptionGroup var options: NightlyOptionGroup

    func run() async throws {
      let messages = Messages(isQuiet: options.quiet)
      let config = try options.read(messages)
      var told = NightlyOptions()
      (told.run, told.started) = Environment.runName("nightly", at: Date())
      // Two nights may start in one second.
      let name = told.run
      var number = 1
      while FileManager.default.fileExists(atPath: config.entry.reports + "/" + told.run) {
        number += 1
        told.run = "\(name)-\(number)"
      }
      let places = config.entry.archives.flatMap { [$0.input] + [$0.output].compactMap(\.self) }
      told.jobs = config.entry.jobs ?? Environment.workers(over: places)
      let mask = umask(0)
      umask(mask)
      told.mask = mask
      let night = told
      var (summary, seconds) = try await Watched.run(messages, over: places) { interrupt, progress async throws(ScrubRefusal) in
        try await NightlyRun(config, night, interrupt: interrupt, progress: progress).run()
      }
      summary.seconds = seconds
      let lastSuccess = try messages.refusing { () throws(ScrubRefusal) in try summary.keep(config) }
      try options.show(summary)
      try write(summary, lastSuccess, config, messages)
      if summary.exit != 0 { throw ExitCode(Int32(summary.exit)) }
    }

    private func write(
      _ summary: NightlySummary, _ lastSuccess: Double?, _ config: NightlyConfig, _ messages: Messages
    ) throws {
      do {
        try NightlyFolder.write(summary, in: config.entry.reports + "/" + summary.run)
        if let metrics = config.entry.metrics { try NightlyMetrics.write(summary, lastSuccess: lastSuccess, to: metrics) }
      } catch let failure as Failure {
        throw messages.failure(failure)
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Say what a night would do, and what is missing for it; nothing is written.",
      discussion: """
        EXAMPLE
          currents-scrub nightly check nightly.yml

        EXIT STATUS
          0   a night can begin
          1   something is missing for it
          2   something waits for somebody
          3   the configuration or a policy is refused
          5   a request is overdue
          64  the command line has a mistake
        """)

    @OptionGroup var options: NightlyOptionGroup

    func run() async throws {
      let messages = Messages(isQuiet: options.quiet)
      let config = try options.read(messages)
      var told = NightlyOptions()
      (told.run, told.started) = Environment.runName("nightly", at: Date())
      let night = NightlyRun(config, told, interrupt: Interrupt(), progress: Progress())
      let summary = try messages.refusing { () throws(ScrubRefusal) in try night.check() }
      try options.show(summary)
      if summary.exit != 0 { throw ExitCode(Int32(summary.exit)) }
    }
  }

  struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "history", abstract: "Tell of the nights before, the last one first.",
      discussion: """
        EXAMPLE
          currents-scrub nightly history nightly.yml
          # trends as pictures
          currents-scrub nightly history nightly.yml --html history.html

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          3   the configuration is refused
          64  the command line has a mistake
        """)

    @OptionGroup var options: NightlyOptionGroup

    @Option(help: "How many nights at most.")
    var limit = 366

    @Option(help: "Write one page with pictures and tables to this file.", transform: localPath)
    var html: String?

    func validate() throws {
      if limit < 1 { throw ValidationError("--limit is a number from 1") }
    }

    func run() throws {
      let messages = Messages(isQuiet: options.quiet)
      let config = try options.read(messages)
      try messages.refusePage(html, inside: config.entry.archives.flatMap { [$0.input] + [$0.output].compactMap(\.self) })
      let history = try messages.refusing { () throws(ScrubRefusal) in try NightlyHistory(of: config, limit: limit) }
      if let html {
        do { try GivenFile.writePage(NightlyHistoryPage.html(history), to: html) } catch let failure as Failure {
          throw messages.failure(failure)
        }
      }
      let text = options.json ? try history.json() : options.quiet ? "" : history.text()
      if !writeAll(1, text) { throw ExitCode(1) }
    }
  }

  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Print the JSON Schema of configurations, for completion in editors.",
      discussion: """
        EXAMPLE
          currents-scrub nightly schema > nightly.schema.json

        EXIT STATUS
          0   done
          64  the command line has a mistake
        """)

    func run() throws {
      if !writeAll(1, try NightlyGrammar.schema.json()) { throw ExitCode(1) }
    }
  }
}
