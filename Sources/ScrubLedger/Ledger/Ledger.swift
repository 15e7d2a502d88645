/// What is remembered between runs, in one SQLite file of the state folder: archives, files, runs, disclosures and requests.
///
/// Holds paths, counts, days, digests and fingerprints that are keyed, and what people wrote as reasons; never an
/// identifier of anybody.
package struct Ledger: Sendable {
  /// The file in the state folder.
  package static let name = "ledger.sqlite"

  private let database: StateDatabase

  private static let kind = StateDatabase.Kind(
    name: name, applicationID: 0x6373_6c67,  // "cslg"
    tables: KnownFiles.tables + KnownArchives.tables + Runs.tables + Disclosures.tables + RequestBook.tables,
    problem: { fault in
      switch fault {
      case .unwritable: .ledgerUnwritable
      case .unreadable: .ledgerUnreadable
      case .noSpace: .ledgerNoSpace
      case .busy: .ledgerBusy
      case .damaged: .ledgerDamaged
      case .foreign: .ledgerForeign
      case .later: .ledgerLater
      case .exposed: .ledgerExposed
      }
    })

  /// Opens the ledger of a state folder, which exists, and makes it where there is none.
  package static func obtain(in folder: String) throws(LedgerProblem) -> Ledger {
    Ledger(database: try StateDatabase.obtain(kind, in: folder))
  }

  /// Opens the ledger of a state folder; nothing where there is none.
  package static func existing(in folder: String) throws(LedgerProblem) -> Ledger? {
    try StateDatabase.existing(kind, in: folder).map { Ledger(database: $0) }
  }

  package var path: String { database.path }
  /// Bytes on the disk.
  package var size: Int { database.size }

  package var files: KnownFiles { KnownFiles(database) }
  package var archives: KnownArchives { KnownArchives(database) }
  package var runs: Runs { Runs(database) }
  package var disclosures: Disclosures { Disclosures(database) }
  package var requests: RequestBook { RequestBook(database) }
}
