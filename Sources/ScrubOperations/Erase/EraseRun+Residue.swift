internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What stands of the people in events that are not theirs, and what of it may go.
extension EraseRun {
  func sweep(
    _ people: PeopleFound, _ refused: [String?], _ context: SearchContext, _ pseudonyms: KnownPseudonyms,
    _ shared: SharedPasses?
  ) async throws(ScrubRefusal) -> Residue? {
    if options.sweep == .none || purpose != .request || refused.allSatisfy({ $0 != nil }) || interrupt.isSet { return nil }
    var values = SweepValues(people, refused: Set(refused.indices.filter { refused[$0] != nil }))
    try values.limit(people.people, pseudonyms)
    return try await residualSweep(values, people, context).run(progress, pseudonyms, shared: shared)
  }

  private func residualSweep(_ values: SweepValues, _ people: PeopleFound, _ context: SearchContext) -> ResidualSweep {
    let own = people.places.mapValues { $0.map(\.place) }.merging(people.passedOver) { $0 + $1 }
    return ResidualSweep(context, values, people.listing, skipping: own)
  }

  /// The part of a residue that may be redacted: what is held stays as it is, whosever it is, and so does the batch around
  /// it.
  func redactable(
    _ residue: Residue, _ plan: ErasePlan, _ roots: [String], _ people: PeopleFound, _ context: SearchContext,
    _ pseudonyms: KnownPseudonyms
  ) async throws(ScrubRefusal) -> Residue {
    if residue.places.isEmpty || interrupt.isSet { return residue }
    let held =
      options.holds.holds.isEmpty
      ? nil
      : try await HeldEvents(
        options.holds, catalog, options.search, pseudonyms: pseudonyms, stateFolder: options.stateFolder,
        interrupt: interrupt, progress)
    let blankKey = try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() }
    var places = residue.places
    for (number, found) in residue.places {
      let file = people.listing.files[number]
      // What was made of something else for others is held where that is.
      let isHeld = options.copies.contains(file.archive) ? nil : held?.kept(among: found, of: file, context, blankKey: blankKey)
      let own = ErasePlanner.kept(in: plan, file, roots)
      let rest = found.filter { isHeld?.contains($0) != true && ($0.block >= 0 || !own.contains($0.offset)) }
      places[number] = rest.isEmpty ? nil : rest
    }
    if places == residue.places { return residue }
    let counted = await residualSweep(residue.values, people, context).count(in: places, progress)
    var redactable = Residue(counted.tally, residue.values, outcomes: residue.outcomes, isInterrupted: interrupt.isSet)
    redactable.states = residue.states
    return redactable
  }

  /// - Parameter redacted: the part that goes; nothing where all of it is left.
  func residual(_ residue: Residue, _ redacted: Residue?, of person: Int) -> Receipt.Residual {
    var residual = Receipt.Residual()
    residual.sweep = options.sweep
    for finding in residue.findings where finding.person == person && finding.count > 0 {
      let going = finding.stays ? 0 : redacted?.count(of: finding) ?? 0
      var place = Receipt.Residual.Place(
        eventType: finding.eventType, destination: finding.destination.rawValue, path: finding.path,
        count: finding.count, redacted: going)
      if redacted != nil && !finding.stays && going < finding.count { place.kept = finding.count - going }
      residual.places.append(place)
    }
    return residual
  }
}
