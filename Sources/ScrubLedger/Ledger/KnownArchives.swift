internal import GRDB

/// The archives that nights keep in order: whoever erases a person elsewhere has to be told of them.
package struct KnownArchives: Sendable {
  private let database: StateDatabase

  init(_ database: StateDatabase) { self.database = database }

  static let tables = """
    CREATE TABLE archives(place TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// A folder with events, be it an archive or its output.
  package struct Archive: Hashable, Sendable {
    /// Resolved.
    package let place: String
    /// As the configuration calls it.
    package let name: String

    package init(place: String, name: String) {
      self.place = place
      self.name = name
    }
  }

  /// Notes all that there are, in place of those that were known.
  package func put(_ archives: [Archive]) throws(LedgerProblem) {
    if try all() == archives.sorted(by: { $0.place < $1.place }) { return }
    try database.write { db in
      try db.execute(sql: "DELETE FROM archives")
      for archive in archives {
        try db.execute(sql: "INSERT OR REPLACE INTO archives VALUES (?, ?)", arguments: [archive.place, archive.name])
      }
    }
  }

  /// By place.
  package func all() throws(LedgerProblem) -> [Archive] {
    try database.read { db in
      try Row.fetchAll(db, sql: "SELECT place, name FROM archives").map { Archive(place: $0["place"], name: $0["name"]) }
    }
    .sorted { $0.place < $1.place }
  }
}
