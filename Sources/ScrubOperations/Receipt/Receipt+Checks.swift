package import ScrubNative

/// What a receipt must be for its state to be true. The run that writes it and the proof of it go by the same rules.
extension Receipt {
  /// Whether something could not be read, searched, decided or rewritten.
  package var hasGaps: Bool {
    !gaps.isEmpty || !leftOut.isEmpty || files.changed > 0 || files.failed > 0 || files.unreadable > 0 || files.skipped > 0
      || !notSearchable.files.isEmpty || notSearchable.nameless > 0 || events.total.left > 0 || events.total.heldBack > 0
      || verification.matchesAfter > 0
      || verification.filesReadBack < files.rewritten
  }

  /// Whether any event was changed.
  package var hasChanges: Bool {
    events.total.deleted > 0 || events.total.blanked > 0 || events.total.kept > 0 || !rewritten.isEmpty
  }

  /// The state that counts and gaps come to. That all of it was refused is not told by them.
  package var impliedState: State {
    if hasGaps { return .incomplete }
    if events.total.matched == 0 { return .nothingFound }
    return events.total.held > 0 || events.total.kept > 0 || residual.isKept ? .completeExcept : .complete
  }

  /// Whether the state is what the numbers say.
  package var isStateTrue: Bool { state == .refused ? !hasChanges : state == impliedState }

  /// Numbers that do not add up, by the path of the member; none in a true receipt.
  package var wrongSums: [String] {
    var wrong: [String] = []
    func expect(_ isTrue: Bool, _ member: String) { if !isTrue { wrong.append(member) } }
    expect(areCountsWhole, "counts below zero")
    expect(events.total.addUp, "events.total")
    expect(events.types.values.allSatisfy(\.addUp), "events.types")
    // What was held back was matched to nobody, and may be told by no type.
    var matched = events.total
    matched.heldBack = 0
    let told = events.types.values.reduce(into: Counts()) { $0 += $1 }
    expect(told == events.total || told == matched, "events.types")
    expect(files.scanned == files.rewritten &+ files.unchanged &+ files.changed &+ files.failed, "files.scanned")
    expect(rewritten.count == files.rewritten, "files.rewritten")
    expect(gaps.count >= files.changed &+ files.failed &+ files.unreadable &+ files.skipped, "gaps")
    expect(rewritten.allSatisfy { archives.indices.contains($0.archive) }, "rewritten.archive")
    expect(gaps.allSatisfy { $0.archive.map(archives.indices.contains) ?? true }, "gaps.archive")
    expect((stores ?? []).allSatisfy { archives.indices.contains($0.archive) && $0.versionsPurged >= 0 }, "stores")
    expect(
      rewritten.allSatisfy(\.addsUp), "rewritten.counts")
    let sum = rewritten.reduce(into: Counts()) { $0 += $1.counts }
    let total = events.total
    expect((sum.deleted, sum.blanked) == (total.deleted, total.blanked), "rewritten.counts")
    // Of some nothing else was left before.
    expect(sum.kept <= total.kept, "rewritten.counts")
    expect(retained(.keep) == total.kept && retained(.hold) == total.held, "retained")
    expect(residual.places.allSatisfy { $0.redacted &+ ($0.kept ?? 0) <= $0.count }, "residual")
    expect(verification.filesReadBack <= files.rewritten, "verification")
    return wrong.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func retained(_ kind: Retained.Kind) -> Int { retained.filter { $0.kind == kind }.reduce(0) { $0 &+ $1.events } }

  /// Whether nothing is less than nothing: sums could be made right by it.
  private var areCountsWhole: Bool {
    func isWhole(_ counts: Counts) -> Bool {
      min(counts.matched, counts.deleted, counts.blanked, counts.kept, counts.held, counts.left, counts.heldBack) >= 0
    }
    return isWhole(events.total) && events.types.values.allSatisfy(isWhole)
      && rewritten.allSatisfy { isWhole($0.counts) && $0.after.events >= 0 && $0.before.events >= 0 }
      && min(files.scanned, files.rewritten, files.unchanged, files.changed, files.failed, files.unreadable, files.skipped) >= 0
      && retained.allSatisfy { $0.events >= 0 } && residual.places.allSatisfy { $0.redacted >= 0 && $0.kept ?? 0 >= 0 }
  }

  // MARK: sealing

  /// The root over the results by file: the canonical text of each item of `rewritten`, then of `gaps`.
  package func root() throws -> String {
    MerkleTree.root(of: try rewritten.map(CanonicalJSON.bytes(of:)) + gaps.map(CanonicalJSON.bytes(of:))).hex
  }

  /// The receipt as it is signed: with the root over its files, and the key that signs it, if one does.
  package func sealed(by key: VerifyingKey?) throws -> Receipt {
    var sealed = self
    sealed.merkleRoot = try root()
    sealed.signature = Signature()
    if let key {
      sealed.signature.status = .signed
      sealed.signature.algorithm = "Ed25519"
      sealed.signature.key = key.id
    }
    return sealed
  }
}

extension Receipt.RewrittenFile {
  /// Whether what is left is what was there, less what went.
  fileprivate var addsUp: Bool {
    counts.addUp && deletedForOthers >= 0 && after.events == before.events &- counts.deleted &- deletedForOthers
  }
}
