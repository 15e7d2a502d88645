import ScrubPolicy
import Testing

struct ControllerTextsTests {
  private func findings(_ yaml: String) -> [String] {
    ControllerTexts.reading(yaml: yaml, file: "c.yml").findings.map { "\($0.id.rawValue) \($0.line):\($0.column)" }
  }

  @Test func aTextIsForAllLanguagesOrForOne() {
    let (texts, findings) = ControllerTexts.reading(
      yaml: """
        workspace: w1
        name: Example
        contact: { email: { en: privacy@example.test } }
        rights: { en: Many, fr: Beaucoup }
        """, file: "c.yml")
    #expect(findings.isEmpty)
    #expect(texts.workspace == "w1" && texts.place.line == 1)
    #expect(texts.texts[.name] == .init(en: "Example", fr: "Example"))
    #expect(texts.texts[.rights] == .init(en: "Many", fr: "Beaucoup"))
    #expect(texts.contact[.email] == .init(en: "privacy@example.test", fr: nil))
    #expect(texts.texts[.purposes] == nil)
  }

  @Test(arguments: [
    ("", "E002 1:1"), ("name: a\nname: b\n", "E004 2:1"), ("names: a\n", "E003 1:1"),
    ("name: &a x\nrights: *a\n", "E005 1:7"), ("name: [a]\n", "E006 1:7"), ("name: {de: x}\n", "E003 1:8"),
    ("name:\n", "E007 1:6"), ("name: ' '\n", "E007 1:7"), ("contact: x\n", "E006 1:10"),
    ("contact: {phone: x}\n", "E003 1:11"), ("workspace: ''\n", "E007 1:12"), ("- a\n", "E006 1:1"),
  ])
  func aMistakeHasAPlace(yaml: String, finding: String) {
    #expect(findings(yaml).first == finding, "\(findings(yaml))")
  }
}
