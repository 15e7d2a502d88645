internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// How archives in stores were looked through: what stands behind their objects is looked through likewise, by whoever goes
/// on with a run.
struct HistoryScope: Codable, Sendable {
  /// By archive, what was given: the archive itself, or its only object.
  let inputs: [String]
  /// By archive: what stands in front of its objects' relative paths; empty where nothing does.
  let prefixes: [String]
  /// Names and relative paths that are left out, with `*` for any characters.
  let ignored: [String]
  /// Policies whose pseudonyms were recomputed.
  let policies: [String]
  /// `id:check value` of the keys by which they were.
  let keys: [String]

  /// - Returns: nothing where no archive is in a store.
  init?(_ options: SearchOptions, _ listing: SearchListing, _ pseudonyms: KnownPseudonyms) {
    inputs = options.inputs.map(realPath)
    guard inputs.contains(where: { ObjectAddress($0) != nil }) else { return nil }
    prefixes = listing.prefixes
    ignored = options.ignored.map(\.pattern)
    policies = pseudonyms.policies.sorted()
    keys = pseudonyms.keyMarks.sorted()
  }

  /// Whether everybody can be found in what was scrubbed so.
  func knows(_ mark: ScrubMark) -> Bool {
    (mark.policy.isEmpty || policies.contains(mark.policy)) && mark.keys.allSatisfy(keys.contains)
  }
}

/// Something that stands for a person wherever it stands, and for nobody else.
struct Trace: Hashable, Sendable {
  let identity: Identity
  /// The only one in which it does; empty for all.
  let workspace: [UInt8]
  /// Whether it is a pseudonym of theirs: the workspace beside it may be one, too.
  let isAlias: Bool

  /// What an event that carries it comes to.
  enum Verdict {
    case theirs, unsure, others
  }

  func verdict(in carrier: Carrier) -> Verdict {
    // No Braze id is given twice.
    if workspace.isEmpty || carrier.workspace == workspace || identity.kind == .brazeID { return .theirs }
    return isAlias || carrier.workspace.isEmpty ? .unsure : .others
  }
}

extension PersonFound {
  /// Everything that stands for the person and leads to nobody else, pseudonyms under every key that is known too.
  ///
  /// - Parameter spelled: by what they stand for: pseudonyms that were found in the files.
  func traces(_ pseudonyms: KnownPseudonyms, spelled: [Identity: Set<Identity>]) throws(ScrubRefusal) -> [Trace] {
    var traces: Set<Trace> = []
    for identifier in identifiers where !identifier.isShared {
      guard let identity = identifier.identity, identity.kind.leads || identifier.isGiven else { continue }
      var workspaces = identifier.workspace.map { [Array($0.utf8)] } ?? []
      if workspaces.isEmpty && identity.kind.isOfProfile { workspaces = search.request.workspaces.map { Array($0.utf8) } }
      let aliases = try aliases(of: identity, pseudonyms) + (spelled[identity] ?? [])
      for workspace in workspaces.isEmpty ? [[]] : workspaces {
        traces.insert(Trace(identity: identity, workspace: workspace, isAlias: false))
        for alias in aliases { traces.insert(Trace(identity: alias, workspace: workspace, isAlias: true)) }
      }
    }
    return Array(traces)
  }
}
