internal import Foundation
internal import GRDB

/// The originals of tokens, encrypted, in one SQLite file of the state folder. Knows no key.
///
/// Rows are written by this process through one connection, one transaction at a time; other processes may have the
/// same vault open (write-ahead log; a busy vault is waited for). A class because the workers of a run share it.
package final class TokenVault: Sendable {
  /// The file in the state folder.
  package static let name = "vault.sqlite"

  package let path: String
  private let queue: DatabaseQueue

  /// How long a vault that another process writes to is waited for, in seconds.
  private static let patience = 60.0
  /// Marks the file as one of ours: "csvt".
  private static let applicationID: Int32 = 0x6373_7674
  private static let version: Int32 = 1

  // MARK: opening

  /// Opens the vault of a state folder, which exists, and makes it where there is none.
  package static func obtain(in folder: String) throws(LedgerProblem) -> TokenVault {
    let path = folder + "/" + name
    return try checked { () throws(LedgerProblem) in
      try VaultFile.holding(folder) { () throws(LedgerProblem) in
        if try VaultFile.state(of: path) == .absent { try VaultFile.make(path) }
        let vault = try TokenVault(path, isReadOnly: false)
        try vault.prepare()
        return vault
      }
    }
  }

  /// Opens the vault of a state folder; nothing where there is none.
  package static func existing(in folder: String) throws(LedgerProblem) -> TokenVault? {
    let path = folder + "/" + name
    guard try VaultFile.state(of: path) == .ours else { return nil }
    return try checked { () throws(LedgerProblem) in try TokenVault(path, isReadOnly: false) }
  }

  /// Opens another vault to read it.
  package static func reading(_ path: String) throws(LedgerProblem) -> TokenVault {
    guard try VaultFile.state(of: path) == .ours else { throw LedgerProblem(.vaultMissing) }
    return try checked { () throws(LedgerProblem) in try TokenVault(path, isReadOnly: true) }
  }

  /// - Throws: `LedgerProblem` for a file that is no vault, or a vault that is damaged or of a later version.
  private static func checked(_ open: () throws(LedgerProblem) -> TokenVault) throws(LedgerProblem) -> TokenVault {
    let vault = try open()
    try vault.inspect()
    return vault
  }

  private init(_ path: String, isReadOnly: Bool) throws(LedgerProblem) {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(Self.patience)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -16384")
      if isReadOnly { return }
      // What is committed is on the disk; what is deleted is overwritten; the log of writes ahead stays small.
      try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864")
    }
    self.path = path
    do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch { throw Self.problem(error) }
  }

  /// Makes the tables in an empty file.
  private func prepare() throws(LedgerProblem) {
    try access { queue in
      try queue.writeWithoutTransaction { db in
        guard try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_schema") == 0 else { return }
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.inTransaction(.immediate) {
          try db.execute(
            sql: """
              CREATE TABLE tokens(
                token TEXT PRIMARY KEY NOT NULL, key_id TEXT NOT NULL, domain TEXT NOT NULL, original BLOB NOT NULL
              ) STRICT, WITHOUT ROWID;
              CREATE TABLE keys(key_id TEXT PRIMARY KEY NOT NULL, check_value TEXT NOT NULL) STRICT, WITHOUT ROWID;
              PRAGMA application_id = \(Self.applicationID);
              PRAGMA user_version = \(Self.version);
              """)
          return .commit
        }
      }
    }
  }

  private func inspect() throws(LedgerProblem) {
    let code: LedgerProblem.Code? = try access { queue in
      try queue.read { db in
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == Self.applicationID else { return .vaultForeign }
        guard let version = try Int32.fetchOne(db, sql: "PRAGMA user_version"), version == Self.version else {
          return .vaultLater
        }
        return try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok" ? nil : .vaultDamaged
      }
    }
    if let code { throw LedgerProblem(code) }
  }

  // MARK: rows

  /// Stores the rows that `fill` gives, all in one transaction; where a token has a row, the row stays.
  ///
  /// - Returns: how many rows are new.
  /// - Throws: `LedgerProblem` when nothing was stored: its own, or that of `fill`.
  @discardableResult
  package func add(
    _ fill: ((VaultRow) throws -> Void) throws -> Void
  ) throws(LedgerProblem) -> Int {
    try access { queue in
      try queue.write { db in
        let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?)")
        var added = 0
        try fill { row in
          try statement.execute(arguments: [row.token, row.keyID, row.domain, Data(row.original)])
          added += db.changesCount
        }
        return added
      }
    }
  }

  /// The row of a token.
  package func row(of token: String) throws(LedgerProblem) -> VaultRow? {
    try access { queue in
      try queue.read { db in
        try Row.fetchOne(db, sql: "SELECT * FROM tokens WHERE token = ?", arguments: [token]).map(Self.row)
      }
    }
  }

  /// Hands out every row in the order of tokens, so many at a time.
  package func forEach(
    by count: Int, _ body: ([VaultRow]) throws(LedgerProblem) -> Void
  ) throws(LedgerProblem) {
    var last = ""
    while true {
      let rows = try access { queue in
        try queue.read { db in
          try Row.fetchAll(
            db, sql: "SELECT * FROM tokens WHERE token > ? ORDER BY token LIMIT ?", arguments: [last, count]
          ).map(Self.row)
        }
      }
      guard let next = rows.last else { return }
      try body(rows)
      last = next.token
    }
  }

  /// Removes the rows of tokens, overwrites what they held, and empties the log of writes ahead.
  ///
  /// - Returns: how many rows there were, and whether the log is empty; a reader in another process may hold it.
  package func remove(_ tokens: [String]) throws(LedgerProblem) -> (rows: Int, isLogEmpty: Bool) {
    try access { queue in
      let rows = try queue.write { db in
        let statement = try db.cachedStatement(sql: "DELETE FROM tokens WHERE token = ?")
        return try tokens.reduce(0) { sum, token in
          try statement.execute(arguments: [token])
          return sum + db.changesCount
        }
      }
      do { try queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) } } catch {
        if Self.problem(error).code == .vaultBusy { return (rows, false) }
        throw error
      }
      return (rows, true)
    }
  }

  /// How many rows there are of each key and domain.
  package func counts() throws(LedgerProblem) -> [VaultCount] {
    try access { queue in
      try queue.read { db in
        try Row.fetchAll(
          db, sql: "SELECT key_id, domain, COUNT(*) AS rows FROM tokens GROUP BY key_id, domain ORDER BY key_id, domain"
        ).map { VaultCount(keyID: $0["key_id"], domain: $0["domain"], rows: $0["rows"]) }
      }
    }
  }

  /// Bytes on the disk.
  package var size: Int { VaultFile.size(of: path) }

  // MARK: keys

  /// The check value of every key whose tokens were stored, by id.
  package func keys() throws(LedgerProblem) -> [String: String] {
    try access { queue in
      try queue.read { db in
        let rows = try Row.fetchAll(db, sql: "SELECT key_id, check_value FROM keys")
        return Dictionary(rows.map { ($0["key_id"], $0["check_value"]) }) { first, _ in first }
      }
    }
  }

  /// Checks keys by id and check value against those that are noted.
  ///
  /// - Throws: `LedgerProblem` when an id was used before with another key.
  package func check(_ keys: [String: String]) throws(LedgerProblem) {
    let known = try self.keys()
    for (id, check) in keys where known[id] ?? check != check { throw LedgerProblem(.vaultOtherKey) }
  }

  /// Notes keys by id and check value, and checks that they are what is noted.
  package func note(_ keys: [String: String]) throws(LedgerProblem) {
    try check(keys)
    try access { queue in
      try queue.write { db in
        for (id, check) in keys {
          try db.execute(sql: "INSERT OR IGNORE INTO keys VALUES (?, ?)", arguments: [id, check])
        }
      }
    }
    // Another process may have noted its own in between.
    try check(keys)
  }

  // MARK: problems

  private static func row(_ row: Row) -> VaultRow {
    let original: Data = row["original"]
    return VaultRow(token: row["token"], keyID: row["key_id"], domain: row["domain"], original: Array(original))
  }

  private func access<Result>(_ body: (DatabaseQueue) throws -> Result) throws(LedgerProblem) -> Result {
    do { return try body(queue) } catch { throw Self.problem(error) }
  }

  /// What SQLite's result code means; its text is left alone.
  private static func problem(_ error: any Error) -> LedgerProblem {
    if let problem = error as? LedgerProblem { return problem }
    switch (error as? DatabaseError)?.resultCode {
    // An error of SQL is a table that is not as it was made.
    case .SQLITE_CORRUPT, .SQLITE_ERROR: return LedgerProblem(.vaultDamaged)
    case .SQLITE_NOTADB: return LedgerProblem(.vaultForeign)
    case .SQLITE_FULL: return LedgerProblem(.vaultNoSpace)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return LedgerProblem(.vaultBusy)
    case .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_IOERR: return LedgerProblem(.vaultUnwritable)
    default: return LedgerProblem(.vaultUnreadable)
    }
  }
}
