internal import Foundation
internal import GRDB

/// The files that runs met.
package struct KnownFiles: Sendable {
  private let database: StateDatabase

  init(_ database: StateDatabase) { self.database = database }

  static let tables = """
    CREATE TABLE files(
      archive TEXT NOT NULL, role TEXT NOT NULL, path BLOB NOT NULL,
      device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
      modified INTEGER NOT NULL, changed INTEGER NOT NULL,
      digest TEXT, plan TEXT, output TEXT,
      read INTEGER NOT NULL, written INTEGER NOT NULL, dropped INTEGER NOT NULL, withheld INTEGER NOT NULL,
      state TEXT NOT NULL, code TEXT, run TEXT NOT NULL,
      PRIMARY KEY(archive, role, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE held(
      archive TEXT NOT NULL, type TEXT NOT NULL, path BLOB NOT NULL, events INTEGER NOT NULL, oldest INTEGER,
      PRIMARY KEY(archive, type, path)
    ) STRICT, WITHOUT ROWID;
    """

  /// Every file of one role in an archive, by its path.
  ///
  /// - Parameter archive: the name by which the caller knows it.
  package func load(_ archive: String, _ role: KnownFile.Role) throws(LedgerProblem) -> [[UInt8]: KnownFile] {
    try database.read { db in
      let place: StatementArguments = [archive, role.rawValue]
      var files: [[UInt8]: KnownFile] = [:]
      files.reserveCapacity(
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM files WHERE archive = ? AND role = ?", arguments: place) ?? 0)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT path, device, inode, size, modified, changed, digest, plan, output, read, written, dropped, withheld,
            state, code, run
          FROM files WHERE archive = ? AND role = ?
          """, arguments: place)
      while let row = try rows.next() {
        let file = try Self.file(row)
        files[file.path] = file
      }
      return files
    }
  }

  /// Columns are taken by their place: by name it would be most of the time.
  private static func file(_ row: Row) throws(LedgerProblem) -> KnownFile {
    let path: Data = row[0]
    guard let state = KnownFile.State(rawValue: row[13]) else { throw LedgerProblem(.ledgerDamaged) }
    var file = KnownFile(
      path: Array(path),
      identity: KnownFile.Identity(device: row[1], inode: row[2], size: row[3], modified: row[4], changed: row[5]),
      state: state, run: row[15])
    file.digest = row[6]
    file.plan = row[7]
    file.output = row[8]
    file.events.read = row[9]
    file.events.written = row[10]
    file.events.dropped = row[11]
    file.events.withheld = row[12]
    file.code = row[14]
    return file
  }

  /// Notes files, in place of what was known of them: all or none.
  package func put(
    _ files: some Sequence<KnownFile>, in archive: String, _ role: KnownFile.Role
  ) throws(LedgerProblem) {
    try database.write { db in
      let statement = try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      for file in files {
        let (identity, events) = (file.identity, file.events)
        try statement.execute(arguments: [
          archive, role.rawValue, Data(file.path), identity.device, identity.inode, identity.size, identity.modified,
          identity.changed, file.digest, file.plan, file.output, events.read, events.written, events.dropped,
          events.withheld, file.state.rawValue, file.code, file.run,
        ])
      }
    }
  }

  // MARK: what sources hold

  /// The events of one type in a source.
  package struct Held: Hashable, Sendable {
    package let path: [UInt8]
    package let type: String
    package let events: Int
    /// When the oldest of them was, in seconds since 1970-01-01; nothing where it is not known.
    package let oldest: Int?

    package init(path: [UInt8], type: String, events: Int, oldest: Int?) {
      self.path = path
      self.type = type
      self.events = events
      self.oldest = oldest
    }
  }

  /// Notes what sources hold of event types, in place of what was known of these.
  package func put(_ held: some Sequence<Held>, in archive: String) throws(LedgerProblem) {
    try database.write { db in
      let statement = try db.cachedStatement(sql: "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?)")
      for one in held { try statement.execute(arguments: [archive, one.type, Data(one.path), one.events, one.oldest]) }
    }
  }

  /// The event types of an archive.
  package func types(in archive: String) throws(LedgerProblem) -> [String] {
    try database.read { db in
      try String.fetchAll(db, sql: "SELECT DISTINCT type FROM held WHERE archive = ? ORDER BY type", arguments: [archive])
    }
  }

  /// The sources that hold events of a type.
  ///
  /// - Parameter time: only those of which the oldest event was before it, or of which that is not known; nothing for all.
  package func paths(in archive: String, holding type: String, before time: Int?) throws(LedgerProblem) -> [[UInt8]] {
    try database.read { db in
      try Data.fetchAll(
        db, sql: "SELECT path FROM held WHERE archive = ? AND type = ? AND (? IS NULL OR oldest IS NULL OR oldest < ?)",
        arguments: [archive, type, time, time])
    }
    .map { Array($0) }
  }

  /// Forgets files that are not there any more: all or none.
  package func remove(
    _ paths: some Sequence<[UInt8]>, from archive: String, _ role: KnownFile.Role
  ) throws(LedgerProblem) {
    try database.write { db in
      let statement = try db.cachedStatement(sql: "DELETE FROM files WHERE archive = ? AND role = ? AND path = ?")
      let held = try db.cachedStatement(sql: "DELETE FROM held WHERE archive = ? AND path = ?")
      for path in paths {
        try statement.execute(arguments: [archive, role.rawValue, Data(path)])
        if role == .source { try held.execute(arguments: [archive, Data(path)]) }
      }
    }
  }
}
