internal import GRDB

/// Something that was made for an audience: what kind of events, of which days, in how many files. Never whose.
package struct Disclosure: Hashable, Sendable {
  /// The events of one type.
  package struct Events: Hashable, Sendable {
    package var events: Int
    /// Days of the first and last event, `YYYY-MM-DD`; nothing where none of them tells its time.
    package var first, last: String?

    package init(events: Int, first: String?, last: String?) {
      self.events = events
      self.first = first
      self.last = last
    }
  }

  package let run: String
  /// UTC, to the second.
  package let time: String
  package let audience: String
  /// The name of the archive.
  package let archive: String
  /// The folder of the output.
  package let output: String
  /// The name of the policy.
  package let policy: String
  /// The plan digests of the files, hex, each once.
  package var plans: [String] = []
  /// `id:check value` of every key.
  package var keys: [String] = []
  /// By event type.
  package var types: [String: Events] = [:]
  package var files = 0
  /// SHA-256, hex, of the output's manifest.
  package var manifest = ""

  package init(
    run: String, time: String, audience: String, archive: String, output: String, policy: String
  ) {
    self.run = run
    self.time = time
    self.audience = audience
    self.archive = archive
    self.output = output
    self.policy = policy
  }

  package var events: Int { types.values.reduce(0) { $0 + $1.events } }
  /// The days of the first and last event of all.
  package var firstDay: String? { types.values.compactMap(\.first).min() }
  package var lastDay: String? { types.values.compactMap(\.last).max() }
}

/// The book of what was made for whom.
package struct Disclosures: Sendable {
  private let database: StateDatabase

  init(_ database: StateDatabase) { self.database = database }

  static let tables = """
    CREATE TABLE disclosures(
      number INTEGER PRIMARY KEY, run TEXT NOT NULL, archive TEXT NOT NULL, audience TEXT NOT NULL, time TEXT NOT NULL,
      output TEXT NOT NULL, policy TEXT NOT NULL, plans TEXT NOT NULL, keys TEXT NOT NULL, files INTEGER NOT NULL,
      manifest TEXT NOT NULL,
      UNIQUE(audience, archive, output, manifest)
    ) STRICT;
    CREATE TABLE disclosed(
      disclosure INTEGER NOT NULL, type TEXT NOT NULL, events INTEGER NOT NULL, first TEXT, last TEXT,
      PRIMARY KEY(disclosure, type)
    ) STRICT, WITHOUT ROWID;
    """

  /// Notes a disclosure; an output that is as it was told already discloses nothing new.
  ///
  /// - Returns: whether it is new.
  @discardableResult
  package func record(_ disclosure: Disclosure) throws(LedgerProblem) -> Bool {
    let plans = try JSONColumn.text(of: disclosure.plans.sorted())
    let keys = try JSONColumn.text(of: disclosure.keys.sorted())
    return try database.write { db in
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO disclosures(
            run, archive, audience, time, output, policy, plans, keys, files, manifest)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          disclosure.run, disclosure.archive, disclosure.audience, disclosure.time, disclosure.output, disclosure.policy,
          plans, keys, disclosure.files, disclosure.manifest,
        ])
      if db.changesCount == 0 { return false }
      let number = db.lastInsertedRowID
      let statement = try db.cachedStatement(sql: "INSERT INTO disclosed VALUES (?, ?, ?, ?, ?)")
      for (type, events) in disclosure.types {
        try statement.execute(arguments: [number, type, events.events, events.first, events.last])
      }
      return true
    }
  }

  /// `id:check value` of every key that made something for an audience.
  package func keys(for audience: String) throws(LedgerProblem) -> Set<String> {
    try database.read { db in
      let lists = try Row.fetchAll(db, sql: "SELECT DISTINCT keys FROM disclosures WHERE audience = ?", arguments: [audience])
      return try lists.reduce(into: []) { known, row in
        let keys: [String] = try JSONColumn.value(of: row["keys"])
        known.formUnion(keys)
      }
    }
  }

  /// Disclosures, the oldest first.
  ///
  /// - Parameters:
  ///   - audience: one audience only.
  ///   - days: only those that have events of these days, `YYYY-MM-DD`, or whose days nobody knows.
  package func list(
    for audience: String? = nil, days: ClosedRange<String>? = nil
  ) throws(LedgerProblem) -> [Disclosure] {
    let all = try database.read { db in
      var types: [Int64: [String: Disclosure.Events]] = [:]
      let rows = try Row.fetchCursor(db, sql: "SELECT disclosure, type, events, first, last FROM disclosed")
      while let row = try rows.next() {
        types[row[0], default: [:]][row[1]] = Disclosure.Events(events: row[2], first: row[3], last: row[4])
      }
      return try Row.fetchAll(
        db, sql: "SELECT * FROM disclosures WHERE ?1 IS NULL OR audience = ?1 ORDER BY number", arguments: [audience]
      ).map { try Self.disclosure($0, types[$0["number"]] ?? [:]) }
    }
    return all.filter { disclosure in
      days.map { days in disclosure.types.values.contains { $0.overlaps(days) } } ?? true
    }
  }

  private static func disclosure(
    _ row: Row, _ types: [String: Disclosure.Events]
  ) throws(LedgerProblem) -> Disclosure {
    var disclosure = Disclosure(
      run: row["run"], time: row["time"], audience: row["audience"], archive: row["archive"], output: row["output"],
      policy: row["policy"])
    disclosure.plans = try JSONColumn.value(of: row["plans"])
    disclosure.keys = try JSONColumn.value(of: row["keys"])
    disclosure.types = types
    disclosure.files = row["files"]
    disclosure.manifest = row["manifest"]
    return disclosure
  }
}

extension Disclosure.Events {
  /// Whether events of some days, `YYYY-MM-DD`, may be among them.
  package func overlaps(_ days: ClosedRange<String>) -> Bool {
    guard let first, let last else { return true }
    return first <= days.upperBound && days.lowerBound <= last
  }
}
