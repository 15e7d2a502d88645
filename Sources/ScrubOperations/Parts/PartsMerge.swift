internal import ScrubArchive
internal import ScrubCore
package import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// Makes of what the parts of a run left what one machine would have made in one run. Needs no policy and no key: what a
/// report tells stands in the plan.
package struct PartsMerge: Sendable {
  private let place: String
  private let stateFolder: String
  private let run: String
  private let interrupt: Interrupt

  /// What the parts were.
  package enum Merged: Sendable {
    case scrub(Report, Disclosure?)
    case inspection(Inspection)
  }

  /// - Parameters:
  ///   - place: the output of the scrub, or where the parts of an inspection met.
  ///   - run: the name of the run, for the book of disclosures.
  package init(_ place: String, stateFolder: String, run: String, interrupt: Interrupt) {
    self.place = place
    self.stateFolder = stateFolder
    self.run = run
    self.interrupt = interrupt
  }

  /// Puts manifest, tokens and disclosure in their places, and tells the rest. What the parts left stays, so that it can be
  /// done again, until `clear`.
  ///
  /// - Parameter catalog: under which the parts of an inspection read.
  /// - Throws: `ScrubRefusal` before anything was written where a part is missing.
  package func merge(_ catalog: Catalog) throws(ScrubRefusal) -> Merged {
    try StoreAddresses.checkInputs([place])
    let (folder, plan, id) = try ScrubRefusal.ofOutput { () throws(Failure) in
      let folder = try PartsFolder(place)
      if try !folder.isPlanned { try folder.removeLeft() }
      let (plan, id) = try folder.plan()
      return (folder, plan, id)
    }
    if let people = plan.people { throw .usage("the parts are those of \(people.command), which --shard merge/\(plan.parts) ends") }
    try ScrubRefusal.ofOutput { () throws(Failure) in try PartsHold.wait(for: place, interrupt) }
    if let inspect = plan.inspect { return .inspection(try inspection(inspect, plan, id, folder, catalog)) }
    guard let scrub = plan.scrub else { throw .ofOutput(Failure(.otherParts, path: place)) }
    return try self.scrub(scrub, plan, id, folder)
  }

  /// Removes what the parts left.
  package func clear() throws(ScrubRefusal) {
    do throws(Failure) {
      let hold = try PartsHold.take(place, alone: true)
      try PartsFolder(place).remove()
      _ = consume hold
    } catch {
      throw .ofOutput(error)
    }
  }

  // MARK: a scrub

  private func scrub(
    _ scrub: PartsPlan.Scrub, _ plan: PartsPlan, _ id: String, _ folder: PartsFolder
  ) throws(ScrubRefusal) -> Merged {
    let results = try ScrubRefusal.ofOutput { () throws(Failure) in try PartResults.all(folder, plan, id: id) }
    let ledger = scrub.disclosing == nil ? nil : try StateFolder(stateFolder).ledger()
    var manifest = ""
    if let keys = scrub.vault { try fillVault(keys, plan, id, folder) }
    let outcomes = results.files.map(\.outcome)
    do throws(Failure) {
      // Behind this nothing is taken away that a part puts back.
      try folder.close(plan, id: id)
      if let address = ObjectAddress(place) {
        let store = try OutputStore.open(address, inParts: true)
        defer { store.release() }
        try store.resume()
        // Of an object that could not be written nobody knows whether it was.
        let isSure = !outcomes.contains { $0.failure?.code == .unwritable }
        manifest = try commit(store, scrub, outcomes, isWhole: isSure)
      } else {
        manifest = try commit(try OutputFolder.open(place, inParts: true), scrub, outcomes, isWhole: true)
      }
    } catch {
      throw .ofOutput(error)
    }
    var disclosure: Disclosure?
    if let ledger, let disclosing = scrub.disclosing {
      disclosure = try StateFolder(stateFolder).note(outcomes, disclosing, run: run, manifest: manifest, in: ledger)
    }
    let report = ReportBuilder(
      head: scrub.head, fields: results.fields, listing: plan.listing, outcomes: outcomes, false
    ).report()
    return .scrub(report, disclosure)
  }

  private func commit(
    _ output: borrowing some ScrubOutput & ~Copyable, _ scrub: PartsPlan.Scrub, _ outcomes: [FileOutcome], isWhole: Bool
  ) throws(Failure) -> String {
    try output.commit(
      outcomes, emptied: Set(scrub.emptied), excludes: scrub.excluded != nil, policy: scrub.head.policy.name, keyMark: scrub.keyMark,
      isWhole: isWhole)
  }

  /// Brings the originals of the parts' tokens into the vault, before the manifest says that the outputs stand.
  private func fillVault(_ keys: [String: String], _ plan: PartsPlan, _ id: String, _ folder: PartsFolder) throws(ScrubRefusal) {
    let state = StateFolder(stateFolder)
    let vault = try state.vault(for: keys)
    for part in 1...max(1, plan.parts) {
      do {
        _ = try PartResults.read(folder, part: part, plan: id) { (rows) throws(LedgerProblem) in
          try vault.add { add in for row in rows { try add(row) } }
        }
      } catch let problem as LedgerProblem {
        throw .ledger(problem, path: vault.path)
      } catch {
        throw .ofOutput(error as? Failure ?? Failure(.partDamaged, path: place))
      }
    }
  }

  // MARK: an inspection

  private func inspection(
    _ inspect: PartsPlan.Inspect, _ plan: PartsPlan, _ id: String, _ folder: PartsFolder, _ catalog: Catalog
  ) throws(ScrubRefusal) -> Inspection {
    do throws(Failure) {
      if try catalog.digest() != inspect.catalog { throw Failure(.otherParts, path: place, place: "--catalog") }
      let results = try PartResults.all(folder, plan, id: id)
      var options = InspectOptions()
      options.inputs = inspect.inputs
      let context = InspectContext(catalog, options, Interrupt())
      var tally = InspectionTally()
      for one in results.tallies {
        tally += try one.tally(context)
        tally.avro = InspectionBuilder.united(tally.avro)
      }
      var listing = plan.listing
      listing.files = results.files.map(\.outcome.file)
      return InspectionBuilder(
        context, tally, listing: listing, outcomes: results.files.map(\.outcome), isInterrupted: false
      ).result().inspection
    } catch {
      throw .ofOutput(error)
    }
  }
}
