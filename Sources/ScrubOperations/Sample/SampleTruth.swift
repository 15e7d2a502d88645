internal import ScrubPolicy

/// What is really in a sample, written beside it while it is made: tests compare it with what a command found.
struct SampleTruth: ~Copyable {
  /// How many users are told one by one.
  static let toldUsers = 1000

  private var file: SampleFile
  private var text = SampleText()
  private let population: SamplePopulation
  private let merges: [SamplePopulation.Merge]
  private let types: [String]
  private let told: Int

  private var fileCount = 0
  private var eventCount = 0
  private var byType: [Int]
  private var emailForms = [Int](repeating: 0, count: SampleEmailForm.allCases.count)
  private var duplicates = SampleText()
  /// Events of each told user by type: those that name the user, and those that hold only the phone.
  private var named: [UInt32]
  private var phoneOnly: [UInt32]
  private var byRequest: [UInt32]
  private var quotations: [UInt32]

  init(_ plan: SamplePlan, in folder: String) throws(SampleProblem) {
    file = try SampleFile(creating: folder + "/_truth.json")
    population = plan.population
    merges = plan.merges
    types = plan.types.map(\.facts.name)
    told = min(plan.population.users, Self.toldUsers)
    byType = [Int](repeating: 0, count: types.count)
    named = [UInt32](repeating: 0, count: told * types.count)
    phoneOnly = [UInt32](repeating: 0, count: told * types.count)
    byRequest = [UInt32](repeating: 0, count: told)
    quotations = [UInt32](repeating: 0, count: told)
    addOptions(plan.options)
  }

  private mutating func addOptions(_ options: SampleOptions) {
    text.add("{\"sample\":1,\n\"options\":{\"events\":")
    text.add(decimal: options.events)
    text.add(",\"users\":")
    text.add(decimal: options.users)
    text.add(",\"destination\":\"\(options.destination.rawValue)\",\"format\":\"\(options.format.rawValue)\"")
    text.add(",\"seed\":\(options.seed),\"events_per_file\":\(options.eventsPerFile)")
    text.add(",\"history\":\(options.includesHistory)},\n\"files\":[")
  }
}

extension SampleTruth {
  /// Counts an event that was written.
  mutating func count(_ draft: borrowing SampleDraft) {
    let type = draft.type.index
    eventCount += 1
    byType[type] += 1
    emailForms[draft.emailForm.rawValue] += 1
    if let quoted = draft.quoted, quoted < told { quotations[quoted] += 1 }
    guard draft.user < told else { return }
    if draft.type.name == "agentconsole.ToolInvocation" {
      if !draft.isNameless { byRequest[draft.user] += 1 }
    } else if !draft.isNameless {
      named[draft.user * types.count + type] += 1
    } else if draft.type.needsPhone {
      phoneOnly[draft.user * types.count + type] += 1
    }
  }

  /// Tells of an event that was written before, in the file before.
  mutating func duplicate(_ draft: borrowing SampleDraft, first: String, again: String) {
    duplicates.add(duplicates.bytes.isEmpty ? "\n{\"id\":\"" : ",\n{\"id\":\"")
    draft.addEventID(to: &duplicates)
    duplicates.add("\",\"event_type\":\"\(draft.type.name)\",\"user_id\":")
    if draft.isNameless || !draft.type.namesUser {
      duplicates.add("null")
    } else {
      population.addQuotedID(of: draft.user, to: &duplicates)
    }
    duplicates.add(",\"first\":\"\(first)\",\"again\":\"\(again)\"}")
  }

  /// Tells of a file that is complete, with its events by type.
  mutating func complete(_ path: String, _ counts: [Int]) throws(SampleProblem) {
    text.add(fileCount == 0 ? "\n{\"path\":" : ",\n{\"path\":")
    text.add(quoted: path)
    text.add(",\"events\":")
    text.add(decimal: counts.reduce(0, +))
    text.add(",\"event_types\":")
    text.add(counts.map(UInt32.init)[...], of: types)
    text.add("}")
    fileCount += 1
    try store()
  }

  /// Writes the rest: duplicates, totals, people.
  mutating func finish() throws(SampleProblem) -> (files: Int, events: Int) {
    text.add("],\n\"duplicates\":[")
    text.add(duplicates)
    text.add("],\n\"event_types\":")
    text.add(byType.map(UInt32.init)[...], of: types)
    text.add(",\n\"email_fields\":{\"redacted\":\(emailForms[1]),\"empty\":\(emailForms[2])")
    text.add(",\"sha256\":\(emailForms[3])},\n\"totals\":{\"files\":\(fileCount),\"events\":\(eventCount)")
    text.add(
      ",\"duplicates\":\(duplicateCount),\"users\":\(population.users),\"merges\":\(merges.count)},\n\"people\":["
    )
    for user in 0..<told {
      text.add(user == 0 ? "\n" : ",\n")
      addPerson(user)
      try store()
    }
    text.add("]}\n")
    try store()
    try file.flush()
    return (fileCount, eventCount)
  }

  private var duplicateCount: Int { duplicates.bytes.count { $0 == UInt8(ascii: "\n") } }

  private mutating func store() throws(SampleProblem) {
    try file.append(text.bytes)
    text.removeAll()
  }
}

extension SampleTruth {
  private mutating func addPerson(_ user: Int) {
    let profile = profile(of: user)
    let neighbours = population.neighbours(of: user)
    text.add("{\"index\":\(user),\"user_id\":")
    population.addQuotedID(of: user, to: &text)
    addUsers("braze_ids", profile)
    addUsers("merged_with", merged(with: user))
    addIdentifiers(of: user)
    addUsers(
      "shares_email_with",
      neighbours.filter { !profile.contains($0) && population.emailOwner($0) == population.emailOwner(user) })
    addUsers(
      "shares_phone_with",
      neighbours.filter {
        population.hasPhone(user) && !profile.contains($0)
          && population.phoneOwner($0) == population.phoneOwner(user)
      })
    let row = user * types.count..<(user + 1) * types.count
    text.add(",\"events\":")
    text.add(named[row], of: types)
    text.add(",\"events_by_phone_only\":")
    text.add(phoneOnly[row], of: types)
    text.add(
      ",\"events_by_request_only\":\(byRequest[user]),\"email_quoted_in_events_of_others\":\(quotations[user])}"
    )
  }

  private mutating func addIdentifiers(of user: Int) {
    let population = population
    addText(
      "external_id", population.isAnonymous(user) ? nil : { population.addExternalID(of: user, to: &$0) })
    addText("email") { population.addEmail(of: user, to: &$0) }
    addText(
      "phone",
      !population.hasPhone(user)
        ? nil
        : { text in
          text.add("+")
          population.addPhoneDigits(of: user, to: &text)
        })
    addText("first_name") { $0.add(population.firstName(of: user).spelled) }
    addText("last_name") { $0.add(population.lastName(of: user).spelled) }
    addText("country") { $0.add(population.place(of: user).country) }
    addText("workspace") { $0.add(uuid: population.hash(.workspace, population.workspace(user))) }
    addText("line_id") { population.addLineID(of: user, to: &$0) }
    addText("whatsapp_id") { population.addScopedID(of: user, to: &$0) }
    addDevices("device_ids", of: user) { population.addDeviceID(of: user, $0, to: &$1) }
    addDevices("ad_ids", of: user) { device, text in
      if population.platform(of: user, device) != .web {
        population.addAdvertisingID(of: user, device, to: &text)
      }
    }
  }

  private mutating func addText(_ name: String, _ write: ((inout SampleText) -> Void)?) {
    text.add(",\"\(name)\":")
    guard let write else { return text.add("null") }
    var value = SampleText()
    write(&value)
    text.add(quoted: value.bytes)
  }

  private mutating func addDevices(_ name: String, of user: Int, _ write: (Int, inout SampleText) -> Void) {
    text.add(",\"\(name)\":[")
    var isFirst = true
    for device in 0..<population.devices(of: user) {
      var value = SampleText()
      write(device, &value)
      if value.bytes.isEmpty { continue }
      if !isFirst { text.add(",") }
      text.add(quoted: value.bytes)
      isFirst = false
    }
    text.add("]")
  }

  private mutating func addUsers(_ name: String, _ users: [Int]) {
    text.add(",\"\(name)\":[")
    for (index, user) in users.enumerated() {
      if index > 0 { text.add(",") }
      population.addQuotedID(of: user, to: &text)
    }
    text.add("]")
  }

  /// The users that a merge event names together with this one.
  private func merged(with user: Int) -> [Int] {
    let others = merges.flatMap { $0.orphan == user ? [$0.survivor] : $0.survivor == user ? [$0.orphan] : [] }
    return Set(others).subtracting([user]).sorted()
  }

  /// All users that are one person: merged, or with one account id in one workspace.
  private func profile(of user: Int) -> [Int] {
    var found = [user]
    var next = 0
    while next < found.count {
      let member = found[next]
      let twins = population.neighbours(of: member).filter { other in
        population.account(of: member) != nil
          && population.account(of: other) == population.account(of: member)
          && population.workspace(other) == population.workspace(member)
      }
      for other in merged(with: member) + twins where !found.contains(other) { found.append(other) }
      next += 1
    }
    return found
  }
}

extension SamplePopulation {
  fileprivate func addQuotedID(of user: Int, to text: inout SampleText) {
    text.add("\"")
    addBrazeID(of: user, to: &text)
    text.add("\"")
  }
}

extension SampleText {
  /// A JSON object of the counts that are not zero, by event type.
  fileprivate mutating func add(_ counts: ArraySlice<UInt32>, of types: [String]) {
    add("{")
    var isFirst = true
    for (type, count) in zip(types, counts) where count > 0 {
      if !isFirst { add(",") }
      add("\"\(type)\":")
      add(decimal: Int(count))
      isFirst = false
    }
    add("}")
  }
}
