internal import ScrubOperations

/// Vaults in a terminal.
enum VaultText {
  static func of(_ status: VaultStatus) -> String {
    guard status.exists else { return "\(visible(status.path)): there is no vault yet\n" }
    var text = "\(visible(status.path)): \(counted(status.rows, "row")), \(size(status.bytes))\n"
    if status.parts.isEmpty { return text }
    var table = Table(["key", "domain", "rows"], right: [2])
    for part in status.parts { table.add(visible(part.key), visible(part.domain), grouped(part.rows)) }
    text += table.text()
    return text
  }

  static func of(_ merging: Merging) -> String {
    var table = Table(["vault", "rows", merging.dryRun ? "would be new" : "new"], right: [1, 2])
    for part in merging.vaults { table.add(visible(part.path), grouped(part.rows), grouped(part.added)) }
    return table.text() + (merging.dryRun ? "dry run: nothing was written.\n" : "done.\n")
  }

  static func of(_ forgetting: Forgetting) -> String {
    if forgetting.parts.isEmpty { return "the vault is empty, or there is none: nothing to remove.\n" }
    var table = Table(["key", "domain", "rows", forgetting.dryRun ? "would go" : "removed", ""], right: [2, 3])
    for part in forgetting.parts {
      table.add(visible(part.key), visible(part.domain), grouped(part.rows), grouped(part.removed), note(part.search))
    }
    return table.text() + ending(forgetting)
  }

  private static func note(_ search: Forgetting.Search) -> String {
    switch search {
    case .searched: ""
    case .notAsked: "no identifier of this kind was given"
    case .unknownDomain: "cannot be searched: the policy does not know the domain"
    case .otherKey: "cannot be searched: the key is not at hand"
    }
  }

  private static func ending(_ forgetting: Forgetting) -> String {
    if !forgetting.isLogEmpty {
      return "incomplete: another process reads the vault, so its log still holds what was removed; run this again.\n"
    }
    if forgetting.unsearched > 0 {
      return "incomplete: \(counted(forgetting.unsearched, "row")) could not be searched.\n"
    }
    return forgetting.dryRun ? "dry run: nothing was removed.\n" : "done.\n"
  }
}
