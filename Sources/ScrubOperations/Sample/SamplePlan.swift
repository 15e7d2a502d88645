internal import ScrubPolicy

/// Everything about a sample that is known before the first event is made.
struct SamplePlan {
  let options: SampleOptions
  let population: SamplePopulation
  let types: [SampleEventType]
  /// The merges that the sample tells.
  let merges: [SamplePopulation.Merge]
  /// The type that has the requests to agents.
  private let agents: SampleEventType?

  init(_ options: SampleOptions, catalog: Catalog = .builtIn) {
    self.options = options
    population = SamplePopulation(seed: options.seed, users: options.users)
    let shapes = SampleMix.shapes(catalog, options.destination, history: options.includesHistory)
    let counts = SampleMix.counts(of: shapes.map(\.event), events: options.events)
    let perFile = options.eventsPerFile
    types = zip(shapes, counts).enumerated().map { index, type in
      SampleEventType(
        type.0, index: index, count: type.1, distinct: type.1 - Self.copies(in: type.1, perFile: perFile),
        catalog: catalog)
    }
    agents = types.first { $0.facts.name == "agentconsole.AgentExecuted" && $0.count > 0 }
    let orphans = types.first { $0.facts.name == "users.UserOrphan" }?.distinct ?? 0
    merges = Array(population.merges.prefix(orphans))
  }

  /// How many files that many events are spread over: two where that is possible, so that some events can be in both.
  func files(for events: Int) -> Int { Self.files(for: events, perFile: options.eventsPerFile) }

  private static func files(for events: Int, perFile: Int) -> Int {
    max((events - 1) / perFile + 1, events >= 8 ? 2 : 1)
  }

  /// Every file of a type begins with the last event of the file before, unless files are very small.
  private static func copies(in events: Int, perFile: Int) -> Int {
    let files = files(for: max(events, 1), perFile: perFile)
    return events / files > 3 ? files - 1 : 0
  }

  func events(in file: Int, of files: Int, among events: Int) -> Range<Int> {
    events * file / files..<events * (file + 1) / files
  }

  /// Makes the draft the `number`th event of a type, told in the hour after `start`.
  ///
  /// The same arguments give the same event, whatever was made before.
  func begin(_ type: SampleEventType, _ number: Int, from start: Int, _ draft: inout SampleDraft) {
    draft.random = SampleRandom(seed: SampleRandom.hash(options.seed, type.facts.salt, number))
    draft.type = type.facts
    draft.number = number
    draft.quoted = nil
    draft.emailForm = .plain
    draft.request = number
    draft.survivor = 0
    draft.isNameless = type.facts.mayBeNameless && draft.random.percent(30)
    draft.user = user(of: type, &draft)
    draft.device = draft.random.below(population.devices(of: draft.user))
    draft.prefersEmail = draft.random.percent(60) || !population.hasPhone(draft.user)
    draft.time = start + draft.random.below(3600)
    // Some events wait on a phone without a network and arrive days later.
    if draft.random.percent(3) { draft.time -= draft.random.below(10 * 86_400) }
    draft.chooseJourney()
  }

  private func user(of type: SampleEventType, _ draft: inout SampleDraft) -> Int {
    switch type.facts.name {
    case "users.UserOrphan" where !merges.isEmpty:
      let merge = merges[draft.number % merges.count]
      draft.survivor = merge.survivor
      return merge.orphan
    case "users.UserDeleteRequest":
      return (25 + SamplePopulation.neighbourhood * draft.number) % options.users
    case "agentconsole.ToolInvocation": return agentUser(&draft)
    default: return anyUser(for: type.facts, &draft.random)
    }
  }

  /// The user of the request that the tool works for.
  private func agentUser(_ draft: inout SampleDraft) -> Int {
    guard let agents else { return anyUser(for: draft.type, &draft.random) }
    draft.request = draft.number % agents.distinct
    var random = SampleRandom(seed: SampleRandom.hash(options.seed, agents.facts.salt, draft.request))
    draft.isNameless = agents.facts.mayBeNameless && random.percent(30)
    return anyUser(for: agents.facts, &random)
  }

  /// Some users do three times as much as others.
  private func anyUser(for type: SampleEventType.Facts, _ random: inout SampleRandom) -> Int {
    let share = random.fraction()
    let bound = type.needsPhone ? min(options.users, SamplePopulation.phones) : options.users
    var user = min(Int(share * (1 + share) / 2 * Double(bound)), bound - 1)
    guard type.needsAccount else { return user }
    while user > 0 && population.isAnonymous(user) { user -= 1 }
    return user
  }
}

/// Dates of the sample: every one starts on the same day, so that a sample never depends on a clock.
enum SampleCalendar {
  /// 2026-05-01 00:00 UTC.
  static let start = 1_777_593_600
  static let days = 31
  static let hours = days * 24

  static func day(_ hour: Int) -> String { padded(1 + hour / 24) }

  /// `2026-05-DD-HH`.
  static func name(ofHour hour: Int) -> String { "2026-05-\(day(hour))-\(padded(hour % 24))" }

  static func padded(_ number: Int, to width: Int = 2) -> String {
    var text = SampleText()
    text.add(decimal: number, width: width)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
