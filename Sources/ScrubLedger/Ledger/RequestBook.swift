internal import GRDB

/// The book of requests.
package struct RequestBook: Sendable {
  private let database: StateDatabase

  init(_ database: StateDatabase) { self.database = database }

  static let tables = """
    CREATE TABLE requests(
      id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, law TEXT NOT NULL, received TEXT NOT NULL, due TEXT NOT NULL,
      extended TEXT, paused INTEGER NOT NULL, verified INTEGER NOT NULL, approved TEXT, state TEXT NOT NULL,
      outcome TEXT, place TEXT, subjects TEXT NOT NULL, digest TEXT NOT NULL, closed TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE changes(
      number INTEGER PRIMARY KEY, request TEXT NOT NULL, time TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL
    ) STRICT;
    CREATE INDEX changes_of ON changes(request);
    """

  /// Writes a request into the book.
  ///
  /// - Parameter note: how it came there.
  /// - Returns: false where there is one of its id already, which stays.
  package func add(_ request: BookedRequest, at time: String, note: String) throws(LedgerProblem) -> Bool {
    try database.write { db in
      if try Self.row(request.id, db) != nil { return false }
      try Self.put(request, db)
      try Self.add(BookedRequest.Change(time: time, state: request.state, note: note), to: request.id, db)
      return true
    }
  }

  /// Changes a request that is in the book, and notes it in its history.
  ///
  /// - Parameters:
  ///   - note: what happened.
  ///   - body: tells whether there is a change; else nothing of what it did stays.
  /// - Returns: the request as the book has it now; nothing where there is none of that id.
  @discardableResult
  package func change(
    _ id: String, at time: String, note: String, _ body: (inout BookedRequest) -> Bool
  ) throws(LedgerProblem) -> BookedRequest? {
    try database.write { db in
      guard var request = try Self.request(id, db) else { return nil }
      if body(&request) {
        try Self.put(request, db)
        try Self.add(BookedRequest.Change(time: time, state: request.state, note: note), to: id, db)
      }
      return try Self.request(id, db)
    }
  }

  /// The request of an id.
  package func request(_ id: String) throws(LedgerProblem) -> BookedRequest? {
    try database.read { db in try Self.request(id, db) }
  }

  /// Every request, the one whose last day comes first in front.
  package func all() throws(LedgerProblem) -> [BookedRequest] {
    try database.read { db in
      var histories: [String: [BookedRequest.Change]] = [:]
      let changes = try Row.fetchCursor(db, sql: "SELECT * FROM changes ORDER BY number")
      while let row = try changes.next() { histories[row["request"], default: []].append(try Self.change(row)) }
      return try Row.fetchAll(db, sql: "SELECT * FROM requests").map { row in
        var request = try Self.request(row)
        request.history = histories[request.id] ?? []
        return request
      }
    }
    .sorted { ($0.lastDay, $0.id) < ($1.lastDay, $1.id) }
  }

  // MARK: rows

  private static func row(_ id: String, _ db: Database) throws -> Row? {
    try Row.fetchOne(db, sql: "SELECT * FROM requests WHERE id = ?", arguments: [id])
  }

  /// A request with its history.
  private static func request(_ id: String, _ db: Database) throws -> BookedRequest? {
    guard var request = try row(id, db).map(Self.request) else { return nil }
    request.history = try Row.fetchAll(db, sql: "SELECT * FROM changes WHERE request = ? ORDER BY number", arguments: [id])
      .map(change)
    return request
  }

  private static func change(_ row: Row) throws -> BookedRequest.Change {
    BookedRequest.Change(time: row["time"], state: try word(row["state"]), note: row["note"])
  }

  private static func add(_ change: BookedRequest.Change, to id: String, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO changes(request, time, state, note) VALUES (?, ?, ?, ?)",
      arguments: [id, change.time, change.state.rawValue, change.note])
  }

  private static func put(_ request: BookedRequest, _ db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        request.id, request.kind.rawValue, request.law, request.received, request.due,
        try request.extended.map(JSONColumn.text), request.pausedDays, request.isVerified,
        try request.approved.map(JSONColumn.text), request.state.rawValue, request.outcome, request.place,
        try JSONColumn.text(of: request.subjects), request.digest, request.closed,
      ])
  }

  private static func request(_ row: Row) throws -> BookedRequest {
    var request = BookedRequest(
      id: row["id"], kind: try word(row["kind"]), law: row["law"], received: row["received"], due: row["due"],
      digest: row["digest"])
    request.extended = try (row["extended"] as String?).map(JSONColumn.value)
    request.pausedDays = row["paused"]
    request.isVerified = row["verified"]
    request.approved = try (row["approved"] as String?).map(JSONColumn.value)
    request.state = try word(row["state"])
    request.outcome = row["outcome"]
    request.place = row["place"]
    request.subjects = try JSONColumn.value(of: row["subjects"])
    request.closed = row["closed"]
    return request
  }

  /// One of the words of a column.
  private static func word<Word: RawRepresentable<String>>(_ text: String) throws(LedgerProblem) -> Word {
    guard let word = Word(rawValue: text) else { throw LedgerProblem(.ledgerDamaged) }
    return word
  }
}
