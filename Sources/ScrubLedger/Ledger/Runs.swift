internal import Foundation
internal import GRDB

/// A run, from its start to its end.
package struct RunRecord: Hashable, Sendable {
  /// Its name: `2026-11-23T191500Z-nightly`.
  package let id: String
  /// UTC, to the second: `2026-11-23T19:15:00Z`.
  package let started: String
  /// Nothing where the run is still on its way, or was cut off.
  package var ended: String?
  /// The exit status.
  package var exit: Int?
  /// What it came to, as its own document; nothing where the run has no end.
  package var summary: String?

  package init(id: String, started: String) {
    self.id = id
    self.started = started
  }
}

/// The runs that were made with a state folder.
package struct Runs: Sendable {
  private let database: StateDatabase

  init(_ database: StateDatabase) { self.database = database }

  static let tables = """
    CREATE TABLE runs(
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, started TEXT NOT NULL, ended TEXT, exit INTEGER,
      summary TEXT
    ) STRICT;
    """

  /// Notes that a run begins; on the disk when this returns.
  package func begin(_ id: String, at time: String) throws(LedgerProblem) {
    try database.write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO runs(id, started) VALUES (?, ?)", arguments: [id, time])
    }
  }

  /// Notes how a run that was begun came to its end.
  package func end(_ id: String, at time: String, exit: Int, summary: String) throws(LedgerProblem) {
    try database.write { db in
      try db.execute(
        sql: "UPDATE runs SET ended = ?, exit = ?, summary = ? WHERE id = ?", arguments: [time, exit, summary, id])
    }
  }

  /// The newest runs, the last one first. One without an end that is not the caller's own was cut off.
  package func newest(_ count: Int) throws(LedgerProblem) -> [RunRecord] {
    try database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT id, started, ended, exit, summary FROM runs ORDER BY number DESC LIMIT ?", arguments: [count]
      ).map { row in
        var run = RunRecord(id: row["id"], started: row["started"])
        run.ended = row["ended"]
        run.exit = row["exit"]
        run.summary = row["summary"]
        return run
      }
    }
  }
}
