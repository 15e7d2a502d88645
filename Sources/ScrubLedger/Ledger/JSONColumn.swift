internal import Foundation

/// Small lists and tables in a column, as JSON with sorted members.
enum JSONColumn {
  static func text(of value: some Encodable) throws(LedgerProblem) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
      throw LedgerProblem(.ledgerUnwritable)
    }
  }

  static func value<Value: Decodable>(of text: String) throws(LedgerProblem) -> Value {
    do { return try JSONDecoder().decode(Value.self, from: Data(text.utf8)) } catch {
      throw LedgerProblem(.ledgerDamaged)
    }
  }
}
