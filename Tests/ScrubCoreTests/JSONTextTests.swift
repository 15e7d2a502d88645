import ScrubCore
import Testing

private let email = Treatment.hash(Hashing(normaliser: .email, format: .token(byteCount: 16), domain: "email"))

/// A JSON text after its members were treated; nothing where it was redacted whole.
private func treated(
  _ text: String, default fallback: Treatment = .redact, _ paths: [(String, Treatment)]
) throws -> String? {
  let members = MemberTreating(default: fallback, paths: paths.map { (path: $0.0, treatment: $0.1) })
  func line(_ text: String) -> String {
    "{\"a\":\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\"}"
  }
  let line = try pass(plan(["a": cell(.json(members))]), line(text))
  if line == "{\"a\":null}" { return nil }
  var text = ""
  var isEscape = false
  for scalar in line.unicodeScalars.dropFirst(6).dropLast(2) {
    if !isEscape && scalar == "\\" {
      isEscape = true
    } else {
      text.unicodeScalars.append(isEscape && scalar == "n" ? "\n" : scalar)
      isEscape = false
    }
  }
  return text
}

struct JSONTextTests {
  @Test func membersAreTreatedByPath() throws {
    let paths: [(String, Treatment)] = [
      ("tier", .keep), ("items[].sku", .keep), ("owner.*", .keep), ("owner.email", .redact), ("secret", .drop), ("tags", .keep),
    ]
    #expect(
      try treated(
        #"{"tier":"gold", "x":1,"items":[{"sku":"A","who":"ada"},{"sku":"B"}],"owner":{"team":"t","email":"e"},"secret":1,"tags":["a","b"]}"#, paths)
        == #"{"tier":"gold", "x":null,"items":[{"sku":"A","who":null},{"sku":"B"}],"owner":{"team":"t","email":null},"tags":["a","b"]}"#)
  }

  @Test func aLongerPathGoesBeforeAShorterOne() throws {
    #expect(try treated(#"{"p":{"a":1,"b":{"c":2,"d":3}}}"#, [("p", .keep), ("p.b.c", .redact)]) == #"{"p":{"a":1,"b":{"c":null,"d":3}}}"#)
    #expect(try treated(#"{"p":{"a":1}}"#, default: .keep, [("p", .redact)]) == #"{"p":null}"#)
    #expect(try treated(#"{"p":1,"q":2}"#, default: .keep, [("*", .keep), ("p", .redact)]) == #"{"p":null,"q":2}"#, "the stricter of two")
  }

  @Test func membersGoWithTheirCommas() throws {
    for (text, left) in [
      (#"{"a":1,"x":2}"#, #"{"x":2}"#), (#"{"x":2,"a":1}"#, #"{"x":2}"#), (#"{ "a" : 1 }"#, #"{}"#), (#"{"a":1,"a":2}"#, "{}"),
      (#"{"x":1,"a":2,"y":3}"#, #"{"x":1,"y":3}"#), (#"{"\u0061":1,"x":2}"#, #"{"x":2}"#),
    ] {
      #expect(try treated(text, default: .keep, [("a", .drop)]) == left)
    }
  }

  @Test func valuesAreHashedAndNumbersToo() throws {
    let line = try pass(plan(["a": cell(email)]), #"{"a":"ada@example.test"}"#)
    let token = line.dropFirst(6).dropLast(2)
    #expect(try treated(#"{"m":" Ada@example.test","n":null,"l":[]}"#, [("m", email), ("n", email), ("l", email)]) == #"{"m":"\#(token)","n":null,"l":null}"#)
    let number = try treated(#"{"m":12345}"#, [("m", email)])
    #expect(number?.hasPrefix(#"{"m":"t1-"#) == true)
  }

  @Test func textsThatAreJSONAreEntered() throws {
    let inner = #"{"email":"ada@example.test","n":[1,2]}"#
    let text = "{\"payload\":\"" + inner.replacing("\"", with: "\\\"") + "\"}"
    let left = "{\"payload\":\"" + #"{"email":null,"n":[1,2]}"#.replacing("\"", with: "\\\"") + "\"}"
    #expect(try treated(text, default: .keep, [("payload.email", .redact)]) == left)
  }

  /// What cannot be entered is not kept for its look: a path may speak of what stands in it.
  @Test func textsThatCannotBeEnteredDoNotStay() throws {
    let paths: [(String, Treatment)] = [("p.email", .redact)]
    #expect(try treated(#"{"p":"{\"email\":\"ada@example.test\""}"#, default: .keep, paths) == #"{"p":null}"#)
    #expect(try treated(#"{"p":"to be done","q":"[1"}"#, default: .keep, paths) == #"{"p":"to be done","q":"[1"}"#)
  }

  /// `*` stands for names that nobody has seen, so it vouches for none of them.
  @Test func namesThatMayBeAddressesGo() throws {
    let text = #"{"by":{"ada@example.test":{"n":1,"email":"e"},"plan":{"n":2,"email":"e"}}}"#
    #expect(try treated(text, [("by.*.n", .keep)]) == #"{"by":{"plan":{"n":2,"email":null}}}"#)
    #expect(try treated(text, [("by.*", .redact)]) == #"{"by":{"plan":null}}"#)
    #expect(try treated(text, [("by.*", .keep)]) == text, "what is kept is kept with its name")
    #expect(try treated(text, [("by.ada@example", .redact), ("by.ada@example.test", .redact)]) == #"{"by":{"plan":null}}"#)
  }

  @Test func textsAreSearched() throws {
    #expect(
      try treated(#"{"a":{"b":["to ada@example.test",12025550143,true,null]},"name of Ada":1}"#, default: .scan(Scanning(.all)), [])
        == #"{"a":{"b":["to [email]",null,true,null]}}"#)
  }

  @Test(arguments: ["", "[REDACTED]"])
  func whatIsEmptyStays(text: String) throws { #expect(try treated(text, []) == text) }

  @Test(arguments: ["x", "{", "{\"a\":}", "5", "\"a\"", "null", "{} x", "{\"a\":1,}", "[1,]", "{\"a\":01}", "\u{feff}{}"])
  func whatIsNoObjectIsRedactedWhole(text: String) throws { #expect(try treated(text, default: .keep, []) == nil) }

  @Test func blanksAndArraysAtTheTopStay() throws {
    #expect(try treated(" [ {\"a\" : 1 ,\n\"b\":2} , 3 ]\n", [("[].a", .keep)]) == " [ {\"a\" : 1 ,\n\"b\":null} , null ]\n")
  }

  @Test func depthIsBounded() throws {
    let deep = String(repeating: "[", count: 511) + String(repeating: "]", count: 511)
    #expect(try treated(deep, default: .scan(Scanning(.all)), []) == deep)
    let deeper = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
    #expect(try treated(deeper, default: .scan(Scanning(.all)), []) == nil)
  }

  /// Whatever is treated is JSON still, and treating it again changes nothing.
  @Test func randomTextsStayJSON() throws {
    var dice = Dice(5)
    func value(_ depth: Int) -> String {
      switch dice.roll(depth > 3 ? 4 : 7) {
      case 0: return dice.pick(["1", "-2.5e3", "true", "null", "12025550143"])
      case 1, 2, 3: return dice.pick([#""ada@example.test""#, #""""#, #""\u00e9\n""#, #""x\\\"y""#, #""{\"a\":1}""#])
      case 4: return "[" + (0..<dice.roll(4)).map { _ in value(depth + 1) }.joined(separator: dice.pick([",", " , "])) + "]"
      default:
        return "{" + (0..<dice.roll(4)).map { _ in "\"\(dice.pick(["a", "b", "c d", "\\u0061"]))\":\(value(depth + 1))" }.joined(separator: ",") + "}"
      }
    }
    let ways: [Treatment] = [.keep, .redact, .drop, email, .scan(Scanning(.all))]
    for _ in 0..<3000 {
      let paths = (0..<dice.roll(4)).map { _ in (dice.pick(["a", "b", "a.b", "*.a", "a[]", "[].a", "a[].b", "*"]), dice.pick(ways)) }
      let fallback = dice.pick([Treatment.keep, .redact, .drop, .scan(Scanning(.all))])
      let text = dice.pick(["{\"a\":\(value(0)),\"b\":\(value(0))}", "[\(value(0))]"])
      let once = try #require(try treated(text, default: fallback, paths), "\(text)")
      #expect(try pass(plan(["x": cell(.keep)]), "{\"x\":\(once)}") == "{\"x\":\(once)}", "\(text) \(paths) \(fallback) -> \(once)")
    }
  }
}
