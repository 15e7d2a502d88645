internal import ArgumentParser
internal import ScrubLedger
internal import ScrubOperations

struct RequestsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests", abstract: "Keep the book of requests: what is open, and until when it must be answered.",
    discussion: """
      The book is in `ledger.sqlite` of the state folder. It holds ids, days and what became of requests; of the \
      people only fingerprints that are keyed. `export` and `erase` write into it what they made of a request.

      EXAMPLE
        currents-scrub requests add --request dsr-114.yml
        currents-scrub requests list
      """,
    subcommands: [List.self, Add.self, Close.self, Extend.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show the open requests, the one that must be answered first in front.",
      discussion: """
        EXAMPLE
          currents-scrub requests list
          currents-scrub requests list --all --json

        EXIT STATUS
          0   none is overdue
          1   the book cannot be read
          5   one is overdue
          64  the command line has a mistake
        """)

    @Flag(help: "Those that are over, too.")
    var all = false

    @OptionGroup var day: TodayOption
    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let folder = Environment.stateFolder(common.state)
      let list = try messages.refusing { () throws(ScrubRefusal) in
        try RequestDesk(stateFolder: folder).list(today: day.today, all: all)
      }
      if !list.hasBook { messages.note("there is no book yet in \(visible(folder)): the first request that is added begins it") }
      let text = common.json ? try list.json() : common.quiet ? "" : RequestsText.of(list)
      if !writeAll(1, text) { throw ExitCode(1) }
      if list.exit != 0 { throw ExitCode(Int32(list.exit)) }
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", abstract: "Take requests into the book, and say until when they must be answered.",
      discussion: """
        A file says `kind` and `received`. One that is in the book already is told, and so is one that says something \
        else than before; that holds from then on, unless the request is over.

        EXAMPLE
          currents-scrub requests add --request dsr-114.yml

        EXIT STATUS
          0   the book has them
          1   failed, nothing half-written
          3   refused: a mistake in a file, or a request that is over
          64  the command line has a mistake
        """)

    @Option(help: "A request in YAML, or as OpenDSR 2.0 writes it; - for standard input. Repeatable.", transform: RequestFiles.init(argument:))
    var request: [RequestFiles]

    @OptionGroup var change: ChangeOptions

    func run() throws {
      try change.run { desk, today throws(ScrubRefusal) in
        let handed = try desk.add(request.flatMap(\.names))
        return handed.map { RequestChanges.Change($0.taking.rawValue, $0.entry, today: today) }
      }
    }
  }

  struct Extend: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "extend", abstract: "Note that an answer takes longer, as its law allows.",
      discussion: """
        Once, and told to the person with the reason before the first last day: two months more by GDPR and UK GDPR, \
        45 days more by CCPA; LGPD gives no more time. With --paused, days on which the clock stood while you waited \
        for the person, which only UK GDPR knows.

        EXAMPLE
          currents-scrub requests extend DSR-114 --reason "many archives" --told \\
            2026-11-24
          currents-scrub requests extend DSR-114 --reason "asked which account" \\
            --paused 6

        EXIT STATUS
          0   noted
          1   failed, nothing half-written
          3   the law gives no more time, or the person was told too late
          64  the command line has a mistake
        """)

    @Argument(help: "The id of the request.")
    var id: String

    @Option(help: "Why, as the person was told it; never a name.")
    var reason: String

    @Option(help: "The day on which the person was told, YYYY-MM-DD (default: today).")
    var told: String?

    @Option(help: "Days on which the clock stood.")
    var paused: Int?

    @OptionGroup var change: ChangeOptions

    func validate() throws {
      if let fault = KeptText.fault(in: reason, "reason") { throw ValidationError(fault) }
      if let told, Day(told) == nil { throw ValidationError("--told is a day, such as 2026-11-24") }
      if told != nil && paused != nil { throw ValidationError("give --told or --paused: more time, or a clock that stood") }
      if let paused, !(1...365).contains(paused) { throw ValidationError("--paused is a number of days, 1 to 365") }
    }

    func run() throws {
      try change.run { desk, today throws(ScrubRefusal) in
        if let paused {
          return [.init("paused", try desk.pause(id, days: paused, reason: reason), today: today)]
        }
        let told = told.flatMap { Day($0) } ?? today
        return [.init("extended", try desk.extend(id, reason: reason, told: told, today: today), today: today)]
      }
    }
  }

  struct Close: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "close", abstract: "Note that a request is over, and what came of it.",
      discussion: """
        EXAMPLE
          currents-scrub requests close DSR-114 --outcome "package handed over" \\
            --on 2026-11-24

        EXIT STATUS
          0   noted
          1   failed, nothing half-written
          3   the book has no such request
          64  the command line has a mistake
        """)

    @Argument(help: "The id of the request.")
    var id: String

    @Option(help: "What came of it; never a name.")
    var outcome: String

    @Option(help: "The day, YYYY-MM-DD (default: today).")
    var on: String?

    @OptionGroup var change: ChangeOptions

    func validate() throws {
      if let fault = KeptText.fault(in: outcome, "outcome") { throw ValidationError(fault) }
      if let on, Day(on) == nil { throw ValidationError("--on is a day, such as 2026-11-24") }
    }

    func run() throws {
      try change.run { desk, today throws(ScrubRefusal) in
        let day = on.flatMap { Day($0) } ?? today
        return [.init("closed", try desk.close(id, outcome: outcome, on: day, today: today), today: today)]
      }
    }
  }
}

/// The day that counts as today.
struct TodayOption: ParsableArguments {
  @Option(name: .customLong("today"), help: "The day that counts as today, YYYY-MM-DD (default: today, UTC).")
  var told: String?

  func validate() throws {
    if let told, Day(told) == nil { throw ValidationError("--today is a day, such as 2026-11-24") }
  }

  var today: Day { Day(told ?? Environment.today) ?? Day(number: 0) }
}

/// What every command that changes the book understands.
struct ChangeOptions: ParsableArguments {
  @Flag(name: .customLong("dry-run"), help: "Say what would be noted, and note nothing.")
  var dryRun = false

  @OptionGroup var day: TodayOption
  @OptionGroup var common: CommonOptions

  /// Changes the book and tells what was changed; every refusal is told and ends the program.
  func run(
    _ body: (RequestDesk, Day) throws(ScrubRefusal) -> [RequestChanges.Change]
  ) throws {
    let messages = Messages(isQuiet: common.quiet)
    let changes = try messages.refusing { () throws(ScrubRefusal) in
      let desk = RequestDesk(stateFolder: Environment.stateFolder(common.state), isDryRun: dryRun)
      return RequestChanges(try body(desk, day.today), isDryRun: dryRun)
    }
    let text = common.json ? try changes.json() : common.quiet ? "" : RequestsText.of(changes)
    if !writeAll(1, text) { throw ExitCode(1) }
  }
}
