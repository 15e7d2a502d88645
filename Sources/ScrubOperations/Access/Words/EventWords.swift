/// What an event type is to the person: a plain name, a category and a channel.
struct EventWords: Sendable {
  let category: AccessCategory
  let channel: AccessChannel
  private let names: [String]

  func name(in language: PackageLanguage) -> String { names[language == .en ? 0 : 1] }

  /// Of an event type; of one that no table knows, what can be said honestly.
  static func of(_ eventType: String) -> EventWords { known[eventType] ?? unknown }

  static let known = WordTable.rows(of: table, cells: 5).reduce(into: [String: EventWords]()) { known, cells in
    guard let category = AccessCategory(rawValue: cells[1]), let channel = AccessChannel(rawValue: cells[2]) else {
      return assertionFailure("words: \(cells[0])")
    }
    known[cells[0]] = EventWords(category: category, channel: channel, names: [cells[3], cells[4]])
  }

  private static let unknown = EventWords(
    category: .technical, channel: .none,
    names: ["Another event, of a kind that we have no description of", "Un autre événement, dont nous n’avons pas de description"])
}

/// What an event is about, in the order of the page.
enum AccessCategory: String, CaseIterable, Sendable {
  case messages, reactions, activity, devices, choices, profile, decisions, technical
}

/// How an event reached the person, or they us.
enum AccessChannel: String, CaseIterable, Sendable {
  case email, sms, push, whatsapp, line, rcs, webhook, banner, app, none
  case inApp = "in_app"
  case contentCard = "content_card"
  case newsFeed = "news_feed"
  case liveActivity = "live_activity"
  case featureFlag = "feature_flag"
}

/// Tables of words as they stand in the sources: a line a row, cells between ` | `.
enum WordTable {
  /// The rows that have so many cells; all of them have, which a test looks after.
  static func rows(of table: StaticString, cells count: Int) -> [[String]] {
    let text = table.withUTF8Buffer { unsafe String(decoding: $0, as: UTF8.self) }
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      return cells.count == count ? cells : nil
    }
  }
}
