import ScrubNative
import Testing

struct XMLElementTests {
  private func read(_ text: String) -> XMLElement? { XMLElement.read(Array(text.utf8)) }

  @Test func elementsWithTheirTexts() {
    let list = read(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <List xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key a="1">a&amp;b&#x20;<![CDATA[<c>]]></Key><Key>é</Key><Empty/></List>
      """)
    #expect(list?.name == "List")
    #expect(list?.all("Key").map(\.text) == ["a&b <c>", "é"])
    #expect(list?["Empty"]?.text == "")
    #expect(list?["Other"] == nil)
  }

  @Test(arguments: [
    "", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&b;</a>", "<a>\u{0}</a>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
  ])
  func whatIsNone(_ text: String) { #expect(read(text) == nil) }

  @Test func nestingHasAnEnd() {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    #expect(read(nested(32)) != nil)
    #expect(read(nested(33)) == nil)
    #expect(read(nested(100_000)) == nil)
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect(XMLElement.read(Array("<a>".utf8) + [0xff] + Array("</a>".utf8)) == nil)
  }
}
