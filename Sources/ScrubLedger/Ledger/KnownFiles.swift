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
      archive TEXT NOT NULL, type TEXT NOT NULL, path BLOB NOT NULL, oldest INTEGER,
      PRIMARY KEY(archive, type, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX held_by ON held(archive, path);
    CREATE TABLE terms(archive TEXT NOT NULL, step TEXT NOT NULL, terms TEXT NOT NULL, PRIMARY KEY(archive, step)) STRICT, WITHOUT ROWID;
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

  /// Notes the event types of a source that was read: all or none of them.
  package func put(_ types: some Sequence<(path: [UInt8], types: Set<String>)>, in archive: String) throws(LedgerProblem) {
    try database.write { db in
      let forget = try db.cachedStatement(sql: "DELETE FROM held WHERE archive = ? AND path = ?")
      let note = try db.cachedStatement(sql: "INSERT INTO held VALUES (?, ?, ?, NULL)")
      for (path, types) in types {
        try forget.execute(arguments: [archive, Data(path)])
        for type in types { try note.execute(arguments: [archive, type, Data(path)]) }
      }
    }
  }

  /// How old the events of a source are.
  package struct Ages: Sendable {
    package let path: [UInt8]
    /// By event type: when the oldest of them was that may become too old, in seconds since 1970-01-01.
    package let oldest: [String: Int]
    /// Whether something in it is too old and still there.
    package let isDue: Bool

    package init(path: [UInt8], oldest: [String: Int], isDue: Bool) {
      self.path = path
      self.oldest = oldest
      self.isDue = isDue
    }
  }

  /// Notes how old the events of sources are. Types that are not told of hold nothing that will become too old.
  package func put(_ ages: some Sequence<Ages>, in archive: String) throws(LedgerProblem) {
    try database.write { db in
      let rest = try db.cachedStatement(sql: "UPDATE held SET oldest = ? WHERE archive = ? AND path = ?")
      let note = try db.cachedStatement(sql: "UPDATE held SET oldest = ? WHERE archive = ? AND path = ? AND type = ?")
      for one in ages {
        try rest.execute(arguments: [one.isDue ? nil : Int.max, archive, Data(one.path)])
        if one.isDue { continue }
        for (type, oldest) in one.oldest { try note.execute(arguments: [oldest, archive, Data(one.path), type]) }
      }
    }
  }

  /// What files are looked through for, by terms that may change: rules, and what is held.
  package enum Step: String, Sendable { case retention, suppression }

  /// Whether a step last went through an archive by other terms than these, or never.
  package func isNews(_ terms: String, for step: Step, in archive: String) throws(LedgerProblem) -> Bool {
    try database.read { db in
      try String.fetchOne(
        db, sql: "SELECT terms FROM terms WHERE archive = ? AND step = ?", arguments: [archive, step.rawValue])
    } != terms
  }

  /// Notes by what terms a step went through an archive. How old events are is forgotten where that was told by others.
  package func go(by terms: String, for step: Step, in archive: String) throws(LedgerProblem) {
    if try !isNews(terms, for: step, in: archive) { return }
    try database.write { db in
      if step == .retention { try db.execute(sql: "UPDATE held SET oldest = NULL WHERE archive = ?", arguments: [archive]) }
      try db.execute(sql: "INSERT OR REPLACE INTO terms VALUES (?, ?, ?)", arguments: [archive, step.rawValue, terms])
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
