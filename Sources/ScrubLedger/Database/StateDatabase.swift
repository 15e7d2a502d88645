internal import Foundation
internal import GRDB

/// What can be wrong with a database of the state folder, whichever it is.
enum DatabaseFault: Error {
  case unwritable, unreadable, noSpace, busy, damaged, foreign, later, exposed
}

/// A SQLite file of the state folder.
///
/// This process writes through one connection, one transaction at a time; other processes may have the same file open
/// (write-ahead log; a busy file is waited for). A class because the workers of a run share it.
final class StateDatabase: Sendable {
  /// What tells one database of the state folder from another.
  struct Kind: Sendable {
    /// The file in the state folder.
    let name: String
    /// Marks the file as one of ours.
    let applicationID: Int32
    /// The statements that make what an empty file is to hold.
    let tables: String
    /// Whether all of its structure is proved whenever it is opened.
    var isProvedWhole = true
    let problem: @Sendable (DatabaseFault) -> LedgerProblem.Code

    /// The statements, as SQLite keeps them.
    fileprivate var statements: Set<String> {
      Set(tables.split(separator: ";").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty })
    }
  }

  let path: String
  private let kind: Kind
  private let queue: DatabaseQueue

  /// How long a file that another process writes to is waited for, in seconds.
  private static let patience = 60.0
  private static let version: Int32 = 1

  // MARK: opening

  /// Opens a database of a state folder, which exists, and makes it where there is none.
  ///
  /// - Throws: `LedgerProblem` for a file that is something else, or a database that is damaged or of a later version.
  static func obtain(_ kind: Kind, in folder: String) throws(LedgerProblem) -> StateDatabase {
    let path = folder + "/" + kind.name
    return try kind.telling { () throws(DatabaseFault) -> StateDatabase in
      let database = try DatabaseFile.holding(folder) { () throws(DatabaseFault) -> StateDatabase in
        if try DatabaseFile.state(of: path) == .absent { try DatabaseFile.make(path) }
        let database = try StateDatabase(kind, path, isReadOnly: false)
        try database.prepare()
        return database
      }
      try database.inspect()
      return database
    }
  }

  /// Opens a database of a state folder; nothing where there is none.
  static func existing(_ kind: Kind, in folder: String) throws(LedgerProblem) -> StateDatabase? {
    try open(kind, folder + "/" + kind.name, isReadOnly: false)
  }

  /// Opens a database to read it; nothing where there is none.
  static func reading(_ kind: Kind, _ path: String) throws(LedgerProblem) -> StateDatabase? {
    try open(kind, path, isReadOnly: true)
  }

  private static func open(_ kind: Kind, _ path: String, isReadOnly: Bool) throws(LedgerProblem) -> StateDatabase? {
    try kind.telling { () throws(DatabaseFault) -> StateDatabase? in
      guard try DatabaseFile.state(of: path) == .ours else { return nil }
      let database = try StateDatabase(kind, path, isReadOnly: isReadOnly)
      try database.inspect()
      return database
    }
  }

  private init(_ kind: Kind, _ path: String, isReadOnly: Bool) throws(DatabaseFault) {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(Self.patience)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -16384")
      if isReadOnly { return }
      // What is committed is on the disk; what is deleted is overwritten; the log of writes ahead stays small.
      try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864")
    }
    self.kind = kind
    self.path = path
    do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch { throw Self.fault(of: error) }
  }

  /// Makes the tables in an empty file.
  private func prepare() throws(DatabaseFault) {
    do {
      try queue.writeWithoutTransaction { db in
        guard try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_schema") == 0 else { return }
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.inTransaction(.immediate) {
          try db.execute(sql: kind.tables)
          try db.execute(
            sql: "PRAGMA application_id = \(kind.applicationID); PRAGMA user_version = \(Self.version)")
          return .commit
        }
      }
    } catch { throw Self.fault(of: error) }
  }

  private func inspect() throws(DatabaseFault) {
    let fault: DatabaseFault?
    do {
      fault = try queue.read { db in
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == kind.applicationID else { return .foreign }
        guard let version = try Int32.fetchOne(db, sql: "PRAGMA user_version"), version == Self.version else {
          return .later
        }
        // A column of another name would be asked for in vain.
        let made = try String.fetchSet(db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        if made != kind.statements { return .damaged }
        if !kind.isProvedWhole { return nil }
        return try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok" ? nil : .damaged
      }
    } catch { throw Self.fault(of: error) }
    if let fault { throw fault }
  }

  // MARK: use

  /// Reads in one transaction.
  ///
  /// - Throws: `LedgerProblem` for what SQLite says, or what `body` throws as such.
  func read<Result>(_ body: (Database) throws -> Result) throws(LedgerProblem) -> Result {
    do { return try queue.read(body) } catch { throw problem(error) }
  }

  /// Writes in one transaction: all of it is on the disk when this returns, or nothing.
  ///
  /// - Throws: `LedgerProblem` for what SQLite says, or what `body` throws as such.
  func write<Result>(_ body: (Database) throws -> Result) throws(LedgerProblem) -> Result {
    do { return try queue.write(body) } catch { throw problem(error) }
  }

  /// Empties the log of writes ahead, with all that was deleted.
  ///
  /// - Returns: false where a reader in another process holds it.
  func emptyLog() throws(LedgerProblem) -> Bool {
    do { try queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) } } catch {
      if Self.fault(of: error) == .busy { return false }
      throw problem(error)
    }
    return true
  }

  /// Bytes on the disk.
  var size: Int { DatabaseFile.size(of: path) }

  // MARK: problems

  private func problem(_ error: any Error) -> LedgerProblem {
    error as? LedgerProblem ?? LedgerProblem(kind.problem(Self.fault(of: error)))
  }

  /// What SQLite's result code means; its text is left alone.
  private static func fault(of error: any Error) -> DatabaseFault {
    switch (error as? DatabaseError)?.resultCode {
    // An error of SQL is a table that is not as it was made.
    case .SQLITE_CORRUPT, .SQLITE_ERROR: .damaged
    case .SQLITE_NOTADB: .foreign
    case .SQLITE_FULL: .noSpace
    case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
    case .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_IOERR: .unwritable
    default: .unreadable
    }
  }
}

extension StateDatabase.Kind {
  /// Does what may fail, and tells what is wrong by the code of this kind.
  fileprivate func telling<Result>(
    _ body: () throws(DatabaseFault) -> Result
  ) throws(LedgerProblem) -> Result {
    do throws(DatabaseFault) { return try body() } catch { throw LedgerProblem(problem(error)) }
  }
}
