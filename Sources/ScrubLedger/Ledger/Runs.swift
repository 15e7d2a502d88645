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
  /// How much of what: small, and compared from run to run.
  package var counts: [String: Int] = [:]

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
      counts TEXT NOT NULL
    ) STRICT;
    """

  /// Notes that a run begins; on the disk when this returns.
  package func begin(_ id: String, at time: String) throws(LedgerProblem) {
    try database.write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO runs(id, started, counts) VALUES (?, ?, '{}')", arguments: [id, time])
    }
  }

  /// Notes how a run that was begun came to its end.
  package func end(_ id: String, at time: String, exit: Int, counts: [String: Int]) throws(LedgerProblem) {
    let text = try JSONColumn.text(of: counts)
    try database.write { db in
      try db.execute(
        sql: "UPDATE runs SET ended = ?, exit = ?, counts = ? WHERE id = ?", arguments: [time, exit, text, id])
    }
  }

  /// The newest runs, the last one first. One without an end that is not the caller's own was cut off.
  package func newest(_ count: Int) throws(LedgerProblem) -> [RunRecord] {
    try database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT id, started, ended, exit, counts FROM runs ORDER BY number DESC LIMIT ?", arguments: [count]
      ).map { row in
        var run = RunRecord(id: row["id"], started: row["started"])
        run.ended = row["ended"]
        run.exit = row["exit"]
        run.counts = try JSONColumn.value(of: row["counts"])
        return run
      }
    }
  }
}
