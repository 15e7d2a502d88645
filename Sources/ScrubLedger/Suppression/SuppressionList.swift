internal import Foundation
internal import GRDB
package import ScrubNative

/// Who was erased, by keyed fingerprints: so that a restored backup or a late file is known again, and so that what other
/// people shared with them is not taken for theirs alone. Also who is held, so that they are known when what linked their
/// events is gone. Knows no key.
package final class SuppressionList: Sendable {
  /// The file in the state folder.
  package static let name = "suppressions.sqlite"

  /// An identifier, without telling it: HMAC-SHA256 under a key of the state folder, its first 16 bytes.
  package struct Fingerprint: Codable, Hashable, Comparable, Sendable {
    private let high, low: UInt64

    package init(_ mac: Digest256) {
      high = mac.words.0.bigEndian
      low = mac.words.1.bigEndian
    }

    /// Nothing for what is none.
    fileprivate init?(_ data: Data) {
      guard data.count == 16 else { return nil }
      high = data.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
      low = data.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    package static func < (left: Fingerprint, right: Fingerprint) -> Bool { (left.high, left.low) < (right.high, right.low) }

    /// 32 hex digits.
    package var hex: String { Digest256.hex(data) }

    fileprivate var data: Data {
      unsafe withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { unsafe Data($0) }
    }
  }

  /// What an identifier of an erased person is good for.
  package enum Use: Int, Codable, Sendable {
    /// It leads to the person and to nobody else.
    case person
    /// Others carried it too.
    case shared
    /// It leads to the person in what partners have.
    case partners
    /// It is one of a person whom a legal hold names: nobody was erased.
    case held
    /// It leads to the person in the workspaces of the entry only.
    case personThere
    /// It is no identifier, but a workspace of the entry.
    case workspace
    /// It leads to the person in what partners have of the workspaces of the entry, or of none that they tell.
    case partnersThere

    /// Whether events that carry it are the person's, and go.
    package var leads: Bool { self == .person || self == .personThere || isForPartners }
    /// Whether only what partners have counts.
    package var isForPartners: Bool { self == .partners || self == .partnersThere }
    /// Whether it leads nowhere outside of the workspaces of the entry.
    package var isLimited: Bool { self == .personThere || self == .partnersThere }
    /// Whether it is nobody else's.
    package var isOfPerson: Bool { self != .shared && self != .workspace }
  }

  package struct Mark: Codable, Hashable, Sendable {
    package let fingerprint: Fingerprint
    package let use: Use

    package init(fingerprint: Fingerprint, use: Use) {
      self.fingerprint = fingerprint
      self.use = use
    }
  }

  /// An erased person.
  package struct Entry: Codable, Hashable, Sendable {
    /// The run and the request: `20261123T191500Z-0a1b2c/dsr-17`.
    package let entry: String
    /// The last second of which events go that carry no Braze id, since 1970-01-01.
    package let until: Int?
    package let marks: [Mark]

    package init(entry: String, until: Int?, marks: [Mark]) {
      self.entry = entry
      self.until = until
      self.marks = marks
    }
  }

  /// A fingerprint that an entry has.
  package struct Hit: Hashable, Sendable {
    package let fingerprint: Fingerprint
    package let use: Use
    package let entry: String
    package let until: Int?

    package var request: String { SuppressionList.request(of: entry) }
  }

  /// Whether there is a list in a state folder, whatever it holds.
  package static func isThere(in stateFolder: String) -> Bool {
    (try? DatabaseFile.state(of: stateFolder + "/" + name)) != .absent
  }

  /// The id of the request that an entry is of.
  package static func request(of entry: String) -> String { entry.split(separator: "/").last.map(String.init) ?? entry }

  private static let kind = StateDatabase.Kind(
    name: name, applicationID: 0x6373_736c,  // "cssl"
    tables: """
      CREATE TABLE entries(number INTEGER PRIMARY KEY, entry TEXT UNIQUE NOT NULL, until INTEGER) STRICT;
      CREATE TABLE marks(
        fingerprint BLOB NOT NULL, entry INTEGER NOT NULL REFERENCES entries(number), use INTEGER NOT NULL,
        PRIMARY KEY(fingerprint, entry, use)
      ) STRICT, WITHOUT ROWID;
      """,
    // To prove all of it takes as long as to read all of it, for each command.
    isProvedWhole: false,
    problem: { fault in
      switch fault {
      case .unwritable, .noSpace, .busy: .suppressionUnwritable
      case .unreadable, .exposed: .suppressionUnreadable
      case .damaged, .foreign, .later: .suppressionDamaged
      }
    })

  package var path: String { database.path }
  private let database: StateDatabase

  private init(_ database: StateDatabase) { self.database = database }

  /// Opens the list of a state folder; nothing where there is none.
  package static func existing(in stateFolder: String) throws(LedgerProblem) -> SuppressionList? {
    try StateDatabase.existing(kind, in: stateFolder).map(SuppressionList.init)
  }

  /// Adds entries that are not there yet, on the disk when this returns; makes the list where there is none.
  package static func add(_ entries: [Entry], in stateFolder: String) throws(LedgerProblem) {
    if entries.isEmpty { return }
    let list = SuppressionList(try StateDatabase.obtain(kind, in: stateFolder))
    try list.database.write { db in
      let entry = try db.cachedStatement(sql: "INSERT OR IGNORE INTO entries(entry, until) VALUES (?, ?)")
      let mark = try db.cachedStatement(sql: "INSERT OR IGNORE INTO marks VALUES (?, ?, ?)")
      for one in entries {
        try entry.execute(arguments: [one.entry, one.until])
        if db.changesCount == 0 { continue }
        let number = db.lastInsertedRowID
        for known in one.marks { try mark.execute(arguments: [known.fingerprint.data, number, known.use.rawValue]) }
      }
    }
  }

  /// What is known of some fingerprints.
  package func find(_ fingerprints: [Fingerprint]) throws(LedgerProblem) -> [Hit] {
    try database.read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT entries.entry, entries.until, marks.use FROM marks JOIN entries ON entries.number = marks.entry
          WHERE marks.fingerprint = ?
          """)
      var hits: [Hit] = []
      // Neighbours in the list lie in one page of it.
      for fingerprint in fingerprints.sorted() {
        let rows = try Row.fetchCursor(statement, arguments: [fingerprint.data])
        while let row = try rows.next() {
          guard let use = Use(rawValue: row[2]) else { throw LedgerProblem(.suppressionDamaged) }
          hits.append(Hit(fingerprint: fingerprint, use: use, entry: row[0], until: row[1]))
        }
      }
      return hits
    }
  }

  /// The number of the entry that was added last; nothing where there is none.
  ///
  /// - Parameter run: whose entries do not count; nothing where all do.
  package func last(butOf run: String? = nil) throws(LedgerProblem) -> Int? {
    try database.read { db in
      let rows = try Row.fetchCursor(db, sql: "SELECT number, entry FROM entries ORDER BY number DESC")
      while let row = try rows.next() {
        let entry: String = row[1]
        if run.map({ !entry.hasPrefix($0 + "-") }) ?? true { return row[0] }
      }
      return nil
    }
  }

  /// Whether there is an entry.
  package func holds(_ entry: String) throws(LedgerProblem) -> Bool {
    try database.read { db in
      try Bool.fetchOne(db, sql: "SELECT EXISTS(SELECT 1 FROM entries WHERE entry = ?)", arguments: [entry]) ?? false
    }
  }

  /// By entry: the workspaces that it is limited to. Those that are limited to none are not among them.
  package func workspaces() throws(LedgerProblem) -> [String: Set<Fingerprint>] {
    try database.read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT entries.entry, marks.fingerprint FROM marks JOIN entries ON entries.number = marks.entry
          WHERE marks.use = ?
          """, arguments: [Use.workspace.rawValue])
      var workspaces: [String: Set<Fingerprint>] = [:]
      while let row = try rows.next() {
        guard let fingerprint = Fingerprint(row[1]) else { throw LedgerProblem(.suppressionDamaged) }
        workspaces[row[0], default: []].insert(fingerprint)
      }
      return workspaces
    }
  }

  /// Bytes on the disk.
  package var size: Int { database.size }
}
