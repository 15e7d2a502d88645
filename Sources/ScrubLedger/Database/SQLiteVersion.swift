internal import GRDBSQLite

/// The SQLite that is linked in: `SQLite 3.40.1`.
package func sqliteVersion() -> String { unsafe "SQLite \(String(cString: sqlite3_libversion()))" }
