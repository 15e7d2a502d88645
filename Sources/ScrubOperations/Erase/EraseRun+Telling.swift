internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// What is told of a run: the receipts as far as they are known before anything changes, and the result.
extension EraseRun {
  func drafts(
    _ plan: ErasePlan, _ refused: [String?], _ people: PeopleFound, _ scope: SearchScope, _ pseudonyms: KnownPseudonyms,
    _ tool: Receipt.Tool
  ) -> [Receipt] {
    let operatedBy = Receipt.Operator.current()
    let places = plan.placesByRequest
    return people.people.indices.map { number in
      let (person, planned) = (people.people[number], plan.requests[number])
      let request = person.search.request
      var draft = Receipt(run: options.run, request: request.id)
      draft.mode = plan.mode
      draft.request.grounds = options.grounds + request.grounds.filter { !options.grounds.contains($0) }
      draft.request.law = request.law.rawValue
      draft.request.received = request.received?.description
      draft.request.due = request.due?.description
      draft.request.workspaces = request.workspaces
      draft.request.profiles = Receipt.Profiles(request)
      draft.subject.fingerprints = person.fingerprints
      draft.subject.identifiers = Dictionary(person.identifiers.map { ($0.kind, 1) }, uniquingKeysWith: +)
      draft.identityCheck = Receipt.IdentityCheck(request.verified)
      draft.operatedBy = operatedBy
      draft.tool = tool
      draft.policy = options.policy
      draft.keys = pseudonyms.keyMarks.sorted().map { mark in
        let parts = mark.split(separator: ":", maxSplits: 1)
        return Receipt.Key(id: String(parts[0]), check: parts.count > 1 ? String(parts[1]) : "")
      }
      draft.archives = zip(plan.archives, scope.archives).map {
        Receipt.Archive(path: pathText(Array($0.utf8)), files: $1.files, events: $1.events)
      }
      draft.files.scanned = scope.files - scope.unread
      draft.files.unreadable = scope.unread - scope.unsupported.count + people.listing.failures.count
      draft.files.skipped = scope.unsupported.count
      draft.files.ignored = people.listing.ignored
      for gap in scope.unreadable + scope.unsupported {
        let (archive, path) = people.listing.place(of: gap.file, among: options.search.inputs)
        draft.gaps.append(
          Receipt.Gap(archive: archive, path: pathText(Array(path.utf8)), code: gap.code, places: gap.places))
      }
      draft.notSearchable.files = scope.notSearchable(for: number)
      // Who is searched for exactly is not looked for in what tells of nobody.
      if purpose == .request { draft.notSearchable.nameless = scope.nameless }
      draft.suppression = person.search.exact?.suppression
      draft.events.scanned = scope.events
      draft.events.total.heldBack = planned.counts.heldBack
      return refused[number].map { ReceiptMaker(draft, plan, [], request: number, places[number]).refused($0) } ?? draft
    }
  }

  func fill(
    _ result: inout EraseResult, _ plan: ErasePlan, _ people: PeopleFound, _ scope: SearchScope, _ drafts: [Receipt]
  ) {
    result.files = scope.files
    result.events = scope.events
    result.passes = people.passes
    result.rewritten = plan.files.count { $0.isRewritten }
    result.unreadable = scope.unreadable.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    result.unsupported = scope.unsupported.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    result.notSearchable = scope.notSearchableForAny
    result.nameless = scope.nameless
    result.ignored = people.listing.ignored
    result.passedOver = people.listing.passedOver
    if !options.consentMayGo {
      var deleted: [String: Int] = [:]
      for file in plan.files {
        for place in file.places where place.action == .delete { deleted[place.type, default: 0] += 1 }
      }
      result.consentEvents = deleted.filter { $0.key.contains("subscription") || $0.key.hasSuffix("Unsubscribe") }
        .reduce(0) { $0 + $1.value }
    }
    let results = plan.files.map { _ in FileResult.committed(Receipt.RewrittenFile.After()) }
    let places = plan.placesByRequest
    for (number, person) in people.people.enumerated() {
      let receipt = ReceiptMaker(drafts[number], plan, results, request: number, places[number]).receipt(vaultRows: 0)
      var answer = EraseResult.Answer(request: person.search.request.id, state: receipt.state)
      answer.take(receipt, folder: nil)
      answer.choices = (person.doubt?.choices ?? []).map { ExportResult.Choice($0) }
      for (kind, count) in people.heldBack[number] { answer.heldBack[kind.name] = count }
      answer.heldBackFrom = person.heldBack.map { ExportResult.Choice($0.choice) }
      answer.verified = person.search.request.verified != nil
      result.requests.append(answer)
    }
  }
}
