import ScrubPolicy
import Testing

@testable import ScrubOperations

struct AccessWordsTests {
  @Test(arguments: PackageLanguage.allCases)
  func everyFieldOfTheCatalogHasWordsOfItsOwn(language: PackageLanguage) {
    let words = FieldWords.known(in: language)
    let names = Catalog.builtIn.fields.map(\.name)
    #expect(Set(words.keys) == Set(names))
    for (first, second) in twice(names.compactMap { name in words[name].map { (name, $0.name) } }) {
      Issue.record("\(first) is called as \(second)")
    }
    for (first, second) in twice(names.compactMap { name in words[name].map { (name, $0.meaning) } }) {
      Issue.record("\(first) means the same as \(second)")
    }
    for (field, words) in words {
      #expect(words.meaning.hasSuffix(".") && words.meaning.first?.isUppercase == true, "\(field)")
      #expect(!words.name.contains("_") && !words.meaning.contains("_"), "\(field)")
      #expect(words.name.count <= 45, "\(field)")
    }
  }

  @Test func everyEventTypeHasAName() {
    let words = EventWords.known
    #expect(Set(words.keys) == Set(Catalog.builtIn.eventTypes))
    for language in PackageLanguage.allCases {
      for (first, second) in twice(words.map { ($0.key, $0.value.name(in: language)) }) {
        Issue.record("\(first) is called as \(second)")
      }
    }
    for (type, words) in words { #expect(words.name(in: .en) != words.name(in: .fr), "\(type)") }
  }

  @Test func languagesDiffer() {
    let (english, french) = (FieldWords.known(in: .en), FieldWords.known(in: .fr))
    for (field, words) in english { #expect(words.meaning != french[field]?.meaning, "\(field)") }
  }

  @Test func theUnknownIsSaidToBe() {
    #expect(EventWords.of("users.odd").category == .technical)
    #expect(FieldWords.of("context.odd_thing", in: .en).name == "odd_thing")
    #expect(FieldWords.of("context.odd_thing", in: .fr).meaning.contains("sans description"))
  }

  @Test(arguments: [(0, "0", "0"), (1234, "1,234", "1\u{202f}234")])
  func numbersAreWrittenAsPeopleDo(number: Int, english: String, french: String) {
    #expect(PackageText(.en).number(number) == english)
    #expect(PackageText(.fr).number(number) == french)
  }

  @Test func daysAreWrittenAsPeopleDo() {
    #expect(PackageText(.en).day("2026-11-01") == "1\u{a0}November 2026")
    #expect(PackageText(.fr).day("2026-11-01") == "1er\u{a0}novembre 2026")
    #expect(PackageText(.fr).moment(1_767_225_660) == "1er\u{a0}janvier 2026, 0\u{a0}h\u{a0}01\u{a0}UTC")
  }

  /// Pairs of keys with the same text.
  private func twice(_ pairs: [(String, String)]) -> [(String, String)] {
    var seen: [String: String] = [:]
    return pairs.sorted { $0.0 < $1.0 }.compactMap { key, text in
      defer { seen[text] = key }
      return seen[text].map { (key, $0) }
    }
  }
}
