internal import Foundation
internal import GRDB

/// The originals of tokens, encrypted, in one SQLite file of the state folder. Knows no key.
package final class TokenVault: Sendable {
  /// The file in the state folder.
  package static let name = "vault.sqlite"

  package var path: String { database.path }
  private let database: StateDatabase

  private static let kind = StateDatabase.Kind(
    name: name, applicationID: 0x6373_7674,  // "csvt"
    tables: """
      CREATE TABLE tokens(
        token TEXT PRIMARY KEY NOT NULL, key_id TEXT NOT NULL, domain TEXT NOT NULL, original BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE keys(key_id TEXT PRIMARY KEY NOT NULL, check_value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      """,
    problem: { fault in
      switch fault {
      case .unwritable: .vaultUnwritable
      case .unreadable: .vaultUnreadable
      case .noSpace: .vaultNoSpace
      case .busy: .vaultBusy
      case .damaged: .vaultDamaged
      case .foreign: .vaultForeign
      case .later: .vaultLater
      case .exposed: .vaultExposed
      }
    })

  // MARK: opening

  /// Opens the vault of a state folder, which exists, and makes it where there is none.
  package static func obtain(in folder: String) throws(LedgerProblem) -> TokenVault {
    TokenVault(try StateDatabase.obtain(kind, in: folder))
  }

  /// Opens the vault of a state folder; nothing where there is none.
  package static func existing(in folder: String) throws(LedgerProblem) -> TokenVault? {
    try StateDatabase.existing(kind, in: folder).map(TokenVault.init)
  }

  /// Opens another vault to read it.
  package static func reading(_ path: String) throws(LedgerProblem) -> TokenVault {
    guard let database = try StateDatabase.reading(kind, path) else { throw LedgerProblem(.vaultMissing) }
    return TokenVault(database)
  }

  private init(_ database: StateDatabase) { self.database = database }

  // MARK: rows

  /// Stores the rows that `fill` gives, all in one transaction; where a token has a row, the row stays.
  ///
  /// - Returns: how many rows are new.
  /// - Throws: `LedgerProblem` when nothing was stored: its own, or that of `fill`.
  @discardableResult
  package func add(
    _ fill: ((VaultRow) throws -> Void) throws -> Void
  ) throws(LedgerProblem) -> Int {
    try database.write { db in
      let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?)")
      var added = 0
      try fill { row in
        try statement.execute(arguments: [row.token, row.keyID, row.domain, Data(row.original)])
        added += db.changesCount
      }
      return added
    }
  }

  /// The row of a token.
  package func row(of token: String) throws(LedgerProblem) -> VaultRow? {
    try database.read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM tokens WHERE token = ?", arguments: [token]).map(Self.row)
    }
  }

  /// Hands out every row in the order of tokens, so many at a time.
  package func forEach(
    by count: Int, _ body: ([VaultRow]) throws(LedgerProblem) -> Void
  ) throws(LedgerProblem) {
    var last = ""
    while true {
      let rows = try database.read { db in
        try Row.fetchAll(
          db, sql: "SELECT * FROM tokens WHERE token > ? ORDER BY token LIMIT ?", arguments: [last, count]
        ).map(Self.row)
      }
      guard let next = rows.last else { return }
      try body(rows)
      last = next.token
    }
  }

  /// How many of the tokens have a row.
  package func count(of tokens: [String]) throws(LedgerProblem) -> Int {
    try database.read { db in
      let statement = try db.cachedStatement(sql: "SELECT 1 FROM tokens WHERE token = ?")
      return try tokens.filter { try Int.fetchOne(statement, arguments: [$0]) != nil }.count
    }
  }

  /// Removes the rows of tokens, overwrites what they held, and empties the log of writes ahead.
  ///
  /// - Returns: how many rows there were, and whether the log is empty; a reader in another process may hold it.
  package func remove(_ tokens: [String]) throws(LedgerProblem) -> (rows: Int, isLogEmpty: Bool) {
    let rows = try database.write { db in
      let statement = try db.cachedStatement(sql: "DELETE FROM tokens WHERE token = ?")
      return try tokens.reduce(0) { sum, token in
        try statement.execute(arguments: [token])
        return sum + db.changesCount
      }
    }
    return (rows, try database.emptyLog())
  }

  /// How many rows there are of each key and domain.
  package func counts() throws(LedgerProblem) -> [VaultCount] {
    try database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT key_id, domain, COUNT(*) AS rows FROM tokens GROUP BY key_id, domain ORDER BY key_id, domain"
      ).map { VaultCount(keyID: $0["key_id"], domain: $0["domain"], rows: $0["rows"]) }
    }
  }

  /// Bytes on the disk.
  package var size: Int { database.size }

  // MARK: keys

  /// The check value of every key whose tokens were stored, by id.
  package func keys() throws(LedgerProblem) -> [String: String] {
    try database.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT key_id, check_value FROM keys")
      return Dictionary(rows.map { ($0["key_id"], $0["check_value"]) }) { first, _ in first }
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
    try database.write { db in
      for (id, check) in keys {
        try db.execute(sql: "INSERT OR IGNORE INTO keys VALUES (?, ?)", arguments: [id, check])
      }
    }
    // Another process may have noted its own in between.
    try check(keys)
  }

  private static func row(_ row: Row) -> VaultRow {
    let original: Data = row["original"]
    return VaultRow(token: row["token"], keyID: row["key_id"], domain: row["domain"], original: Array(original))
  }
}
