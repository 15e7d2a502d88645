internal import Foundation
internal import ScrubArchive
internal import ScrubLedger
internal import ScrubPolicy

/// The inbox: what people demand is answered, or it is said what is missing for it.
extension NightlyRun {
  func answerRequests(_ night: inout Night) async {
    guard let requests = entry.requests, !interrupt.isSet else { return }
    var access: [AccessRequest] = []
    var erasures: [AccessRequest] = []
    let isAway = night.archives.contains(where: \.isAway)
    for handed in takeInbox(requests.inbox, &night) {
      let (request, booked) = (handed.request, handed.entry)
      if let reason = Self.lacking(booked) ?? (booked.state.isOpen ? away(booked, isAway, night) : nil) {
        night.blocked[request.id] = reason
        let isPlanned = reason == .notApproved && booked.state == .open
        if isPlanned { await plan(request, &night) }
      } else if booked.kind == .erasure {
        if booked.state.isOpen { erasures.append(request) }
      } else if [.open, .refused].contains(booked.state) {
        access.append(request)
      }
    }
    await export(access, requests, &night)
    await erase(erasures, &night)
  }

  /// What of the archives a request has to wait for: files that were there when it came and may still be on their way. What
  /// comes later is none of its business, but for whom it erased.
  private func away(_ booked: BookedRequest, _ isAway: Bool, _ night: Night) -> Night.Missing? {
    if isAway { return .archiveAway }
    let came = booked.history.first.flatMap { Moment.seconds($0.time) } ?? .max
    return night.archives.contains { ($0.oldestYoung ?? .max) <= came && $0.oldestYoung != nil } ? .filesTooYoung : nil
  }

  /// Everything in the inbox that can be read as a request.
  private func takeInbox(_ inbox: String, _ night: inout Night) -> [RequestDesk.Handed] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: inbox) else {
      night.problem(.file(Failure(.unreadable, path: inbox)), in: nil, path: inbox, exit: 2)
      return []
    }
    func refuse(_ name: String, _ refusal: ScrubRefusal) {
      // Who names a file after a person must not find that name in a mail.
      let shown = KeptText.fault(in: name, "name") == nil ? name : "a file of the inbox"
      night.problem(refusal, in: nil, path: shown, exit: 2)
    }
    let desk = RequestDesk(stateFolder: config.stateFolder)
    var offers: [(name: String, offer: RequestDesk.Offer)] = []
    for name in names.sorted() where !name.hasPrefix(".") && [".yml", ".yaml", ".json"].contains(where: name.lowercased().hasSuffix) {
      do throws(ScrubRefusal) {
        if try !isWhole(inbox + "/" + name) { throw RequestFault.unfinished.refusal(of: AccessRequest.unnamed) }
        offers.append((name, try desk.read(inbox + "/" + name)))
      } catch { refuse(name, error) }
    }
    var handed: [RequestDesk.Handed] = []
    do throws(ScrubRefusal) {
      // By id, the file that counts: the one that the book has, or the first.
      var chosen: [String: (name: String, isKnown: Bool)] = [:]
      for ((name, offer), isKnown) in zip(offers, try desk.knows(offers.map(\.offer))) {
        if let other = chosen[offer.request.id], other.isKnown || !isKnown { continue }
        chosen[offer.request.id] = (name, isKnown)
      }
      for (name, offer) in offers where chosen[offer.request.id]?.name != name {
        refuse(name, RequestFault.twice.refusal(of: offer.request.id))
      }
      offers.removeAll { chosen[$0.offer.request.id]?.name != $0.name }
      for ((name, _), result) in zip(offers, try desk.add(offers.map(\.offer))) {
        switch result {
        case .success(let taken): handed.append(taken)
        case .failure(let refusal): refuse(name, refusal)
        }
      }
    } catch {
      night.problem(error, in: nil, path: inbox, exit: 2)
    }
    return handed
  }

  /// Whether the last line of a request came to its end: one that is still on its way, or was cut off, may name somebody else.
  private func isWhole(_ path: String) throws(ScrubRefusal) -> Bool {
    let text: String
    do throws(Failure) { text = try GivenFile.readText(path) } catch { throw .file(error) }
    // JSON tells its end itself.
    return text.utf8.last == 0x0a || text.first { !$0.isWhitespace } == "{"
  }

  /// What its file has to say before anything is done.
  private static func lacking(_ booked: BookedRequest) -> Night.Missing? {
    if !booked.state.isOpen { return nil }
    if !booked.isVerified { return .notVerified }
    return booked.kind == .erasure && booked.approved == nil ? .notApproved : nil
  }

  private func export(_ requests: [AccessRequest], _ told: NightlyEntry.Requests, _ night: inout Night) async {
    if requests.isEmpty || interrupt.isSet { return }
    do throws(ScrubRefusal) {
      var options = ExportOptions()
      options.search = search(night, withOutputs: false)
      options.output = told.packages + "/" + self.options.run + (requests.count == 1 ? "/" + requests[0].id : "")
      options.language = PackageLanguage(rawValue: told.language) ?? .en
      options.controller = try ControllerFiles.read(told.controller)
      options.made = night.archives.compactMap(\.made)
      options.hidden = night.archives.compactMap(\.prepared).flatMap { $0.policy.hidden }.map {
        HiddenRule(fields: $0.fields, because: $0.because)
      }
      options.stateFolder = config.stateFolder
      let result = try await ExportRun(night.catalog, options, requests, interrupt: interrupt, progress: progress).run()
      night.exit = worst(night.exit, result.exit == 130 ? 0 : result.exit)
      for answer in result.requests { night.events[answer.request] = answer.events }
    } catch {
      night.problem(error, in: nil)
    }
  }

  private func plan(_ request: AccessRequest, _ night: inout Night) async {
    do throws(ScrubRefusal) {
      var options = try erasing(night)
      do { try StateKey.makeFolders(folder, mode: 0o777) } catch { throw .file(Failure(.unwritable, path: folder)) }
      options.step = .plan(file: folder + "/plan-\(request.id).json")
      let result = try await EraseRun(night.catalog, options, [request], interrupt: interrupt, progress: progress).run()
      for answer in result.requests { night.events[answer.request] = answer.counts.matched }
    } catch {
      night.problem(error, in: nil)
    }
  }

  private func erase(_ requests: [AccessRequest], _ night: inout Night) async {
    if requests.isEmpty || interrupt.isSet { return }
    do throws(ScrubRefusal) {
      var options = try erasing(night)
      options.step = .all
      let result = try await EraseRun(night.catalog, options, requests, interrupt: interrupt, progress: progress).run()
      night.take(result)
    } catch {
      night.barsAll = true
      night.problem(error, in: nil)
    }
  }

  // MARK: how people are searched

  /// A search in every archive that is there.
  func search(_ night: Night, withOutputs: Bool) -> SearchOptions {
    var search = SearchOptions()
    for archive in night.archives where !archive.isAway {
      search.inputs.append(archive.entry.input)
      search.only.append(archive.settled)
      // What grows each night waits for no request.
      search.failures.append(archive.failures + archive.growing.map { Failure(.tooYoung, path: $0) })
    }
    if withOutputs {
      for output in night.archives.compactMap(\.outputFolder) {
        search.inputs.append(output)
        search.only.append(nil)
      }
    }
    search.jobs = options.jobs
    return search
  }

  /// An erasure in archives, outputs and what was withheld, by the rules of their policies.
  func erasing(_ night: Night) throws(ScrubRefusal) -> EraseOptions {
    var options = EraseOptions()
    options.search = search(night, withOutputs: true)
    options.copies = Set(night.archives.count { !$0.isAway }..<options.search.inputs.count)
    if let quarantine = entry.quarantine, FileIdentity.isFolder(quarantine) {
      options.search.inputs.append(quarantine)
      options.search.only.append(nil)
    }
    options.made = night.archives.compactMap(\.made)
    let policies = night.archives.compactMap(\.prepared)
    if let first = policies.first {
      options.rules = first.policy.erasure
      options.policy = Receipt.Policy(name: first.policy.name, sha256: first.digest)
      options.consentMayGo = policies.allSatisfy { prepared in
        prepared.policy.acknowledgements.contains { $0.id == Diagnostic.ID.consentGoes.rawValue }
      }
    }
    options.holds = try LegalHolds.read(entry.holds)
    options.sweep = Receipt.Residual.Sweep(rawValue: entry.erasure.sweep) ?? .count
    options.maxEvents = entry.erasure.maxEvents
    options.maxShare = entry.erasure.maxShare
    options.signingKey = entry.signingKey
    options.reports = folder
    options.run = self.options.run
    options.stateFolder = config.stateFolder
    return options
  }

  // MARK: the book

  /// Tells what is open, and what this night did about it.
  func book(_ night: inout Night, _ ledger: Ledger, _ state: StateFolder) throws(ScrubRefusal) {
    let all = try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.requests.all() }
    for booked in all {
      let isNews = night.before.map { $0[booked.id] != booked.state } ?? false
      if !booked.state.isOpen && !isNews { continue }
      var told = NightlySummary.Request()
      told.request = booked.id
      told.kind = booked.kind.rawValue
      told.received = booked.received
      told.due = booked.lastDay
      told.daysLeft = Day(booked.lastDay).map { $0.number - today.number }
      told.state = booked.state.rawValue
      told.blocked = booked.state.isOpen ? (night.blocked[booked.id] ?? Self.lacking(booked))?.rawValue ?? booked.refusal : nil
      told.isNews = isNews
      told.events = night.events[booked.id] ?? 0
      told.kept = night.kept[booked.id] ?? 0
      told.path = booked.place
      night.summary.requests.append(told)
      if booked.state.isOpen { night.count(told, warning: entry.warning, today) }
    }
  }
}

extension BookedRequest {
  /// Why it was refused, or is not done with.
  fileprivate var refusal: String? { state == .refused || state == .incomplete ? outcome : nil }
}

extension Night {
  /// What a request waits for.
  enum Missing: String {
    case notVerified = "request.not-verified"
    case notApproved = "request.not-approved"
    case archiveAway = "request.archive-away"
    case filesTooYoung = "request.files-too-young"
  }

  /// Takes over what an erasure came to: files that keep an event which has to go are not shared.
  mutating func take(_ result: EraseResult) {
    exit = worst(exit, result.exit == 130 ? 0 : result.exit)
    hasErased = hasErased || result.rewritten > 0
    for answer in result.requests {
      events[answer.request, default: 0] += answer.counts.deleted + answer.counts.blanked
      kept[answer.request, default: 0] += answer.counts.held + answer.counts.kept
    }
    if result.consentEvents > 0 { summary.consentEvents = (summary.consentEvents ?? 0) + result.consentEvents }
    bar(result.gaps)
  }

  /// Keeps what could not be rewritten from being shared; the night is incomplete by it.
  mutating func bar(_ gaps: [ExportResult.Gap]) {
    let left = Set(gaps.map(\.file))
    if left.isEmpty { return }
    exit = worst(exit, 2)
    for index in archives.indices { archives[index].bar(left) }
    for gap in gaps {
      summary.problems.append(
        NightlySummary.Problem(
          archive: nil, path: gap.file, code: gap.code, message: FailureCode(rawValue: gap.code)?.message ?? gap.code))
    }
  }

  fileprivate mutating func count(_ request: NightlySummary.Request, warning: Age?, _ today: Day) {
    summary.deadlines.open += 1
    guard let due = request.due, let day = Day(due) else { return }
    if day < today { summary.deadlines.overdue += 1 }
    if let warning, day >= today, day <= today.adding(months: warning.months).adding(days: warning.days) {
      summary.deadlines.soon += 1
    }
    if day >= today { summary.deadlines.next = min(summary.deadlines.next ?? due, due) }
  }
}
