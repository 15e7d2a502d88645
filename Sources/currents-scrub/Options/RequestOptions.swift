internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// Whose data is asked for, and by which request.
struct RequestOptions: ParsableArguments {
  @Option(
    help: "A request in YAML, or as OpenDSR 2.0 writes it; - for standard input. Repeatable: all are answered at once.", transform: RequestFiles.init(argument:)
  )
  var request: [RequestFiles] = []

  private var files: [String] { request.flatMap(\.names) }

  @OptionGroup var subjects: SubjectOptions

  @Option(
    name: .customLong("request-id"), help: "With --subject: the id of the request (default: request).")
  var requestID: String?

  @Option(help: "With --subject: the day the request came in, YYYY-MM-DD; the last day for an answer is told.")
  var received: String?

  @Option(
    help: "With --subject: the law that says how long an answer may take: gdpr, uk, ccpa, lgpd (default: gdpr).",
    completion: .list(Law.allCases.map(\.rawValue)))
  var law: String?

  @Option(help: "Only this workspace (app_group_id). Repeatable.", transform: workspaceID)
  var workspace: [String] = []

  @OptionGroup var profiles: ProfileOptions

  /// Whether subjects are named by themselves.
  private var isNamed: Bool { !subjects.subject.isEmpty || !subjects.files.isEmpty }

  /// Whether anybody is named.
  var isGiven: Bool { isNamed || !request.isEmpty }

  /// - Throws: where nobody is named.
  func checkGiven() throws {
    if !isGiven { throw ValidationError("whose data? give --request, --subject-file or --subject") }
  }

  func validate() throws {
    if !request.isEmpty && isNamed { throw ValidationError("give --request, or subjects, not both") }
    if !request.isEmpty && (requestID != nil || received != nil || law != nil) {
      throw ValidationError("a request file says its id, day and law itself")
    }
    if files.count > 1 && profiles.isGiven { throw ValidationError("--include-profile and --exclude-profile go with one request") }
    if let requestID, !ForgetRun.isRequest(requestID) {
      throw ValidationError("--request-id is 1 to 64 letters, digits, dashes and underscores")
    }
    if let received, Day(received) == nil { throw ValidationError("--received is a day, such as 2026-11-24") }
    if let law, Law(rawValue: law) == nil {
      throw ValidationError("--law is one of \(Law.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  /// Every request.
  func requests(_ messages: Messages) throws(ScrubRefusal) -> [AccessRequest] {
    var requests: [AccessRequest] = []
    for file in files { requests.append(try RequestFile.read(file)) }
    if request.isEmpty {
      var one = AccessRequest(id: requestID ?? AccessRequest.unnamed)
      one.subjects = try subjects.identifiers(messages).map { Subject($0) }
      if one.subjects.isEmpty { throw .usage("nobody is named: the file of subjects is empty") }
      one.received = received.flatMap { Day($0) }
      one.law = law.flatMap { Law(rawValue: $0) } ?? .gdpr
      requests.append(one)
    }
    if !workspace.isEmpty {
      for index in requests.indices { requests[index].workspaces = workspace }
    }
    for index in requests.indices { try profiles.decide(&requests[index]) }
    return requests
  }
}

/// What was decided of profiles that share a value with a person.
struct ProfileOptions: ParsableArguments {
  @Option(
    name: .customLong("include-profile"),
    help: "A profile that is the person's too, by its fingerprint or Braze id; none: events that tell no profile. Repeatable.")
  var included: [String] = []

  @Option(
    name: .customLong("exclude-profile"),
    help: "A profile that is another person's, though a value is shared, likewise. Repeatable.")
  var excluded: [String] = []

  var isGiven: Bool { !included.isEmpty || !excluded.isEmpty }

  /// Adds the profiles to those that a request names itself.
  func decide(_ request: inout AccessRequest) throws(ScrubRefusal) {
    request.includedProfiles += included
    request.excludedProfiles += excluded
    if !Set(request.includedProfiles).isDisjoint(with: request.excludedProfiles) {
      throw .usage("a profile is to be included and excluded: which is it?")
    }
  }
}

/// How archives were scrubbed that people are searched in.
struct ScrubbedOptions: ParsableArguments {
  @Option(name: .customLong("made-with"), help: "A policy that scrubbed archives were made with. Repeatable.", transform: localPath)
  var madeWith: [String] = []

  @Option(help: "A keyring whose keys made pseudonyms, beside those of the policies. Repeatable.", transform: localPath)
  var keyring: [String] = []

  func validate() throws {
    if madeWith.isEmpty && !keyring.isEmpty {
      throw ValidationError("--keyring needs --made-with: which policy made the pseudonyms?")
    }
  }

  func read(_ messages: Messages) throws(ScrubRefusal) -> [ScrubbedWith] {
    var made: [ScrubbedWith] = []
    for name in madeWith {
      let checked = try CheckedPolicy(messages.found(name, allowBuiltIn: true))
      var keys: [MasterKey] = []
      if checked.policy.key != nil {
        // A policy whose own key is not at hand is searched for with those of the keyrings.
        do throws(ScrubRefusal) { keys = try checked.keys() } catch { if keyring.isEmpty { throw error } }
      }
      for path in keyring { keys += try Keyring.read(path).matchingKeys(audience: checked.policy.audience) }
      made.append(ScrubbedWith(checked, keys: keys))
    }
    return made
  }
}
