import Foundation
import ScrubNative
import ScrubOperations
import ScrubPolicy
import Testing

/// A written package, by the names of its files.
private struct Written {
  var files: [String: String] = [:]

  init(_ package: AccessPackage, _ events: AccessEvents, controller: [ControllerTexts] = []) throws {
    files = try AccessSample.inFolder { folder in
      let names = try AccessWriter.write(package, events, controller: controller, catalog: .builtIn, to: folder)
      return try names.reduce(into: [:]) { files, name in
        let path = "\(folder)/\(name)"
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode.map { $0 & 0o177 } == 0, "\(name)")
        files[name] = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
      }
    }
  }

  subscript(name: String) -> String { files[name] ?? "" }

  func json(_ name: String) throws -> JSONValue { try #require(JSONValue(Array(self[name].utf8)), "\(name)") }

  var lines: [String] { self["events.ndjson"].split(separator: "\n").map(String.init) }
}

struct AccessWriterTests {
  // MARK: - The whole

  @Test func equalPackagesAreEqualBytes() throws {
    let first = try Written(AccessSample.package(.fr), AccessSample.events(120))
    let second = try Written(AccessSample.package(.fr), AccessSample.events(120))
    #expect(first.files == second.files)
  }

  @Test func theManifestNamesEveryOtherFileWithItsDigest() throws {
    let written = try Written(AccessSample.package(), AccessSample.events(60))
    let manifest = try written.json("manifest.json")
    let listed = try #require(manifest["files"]?.items)
    #expect(Set(listed.compactMap { $0["name"]?.text }) == Set(written.files.keys).subtracting(["manifest.json"]))
    for file in listed {
      let content = Array(written[try #require(file["name"]?.text)].utf8)
      #expect(file["sha256"]?.text == Digest256.sha256(content).hex)
      #expect(file["bytes"]?.whole == content.count)
    }
    #expect(manifest["schema"]?.text == "currents-scrub/access/1")
    #expect(manifest["complete"]?.compact == "false")
    #expect(manifest["request"]?["due"]?.text == "2026-12-02")
    #expect(manifest["request"]?["identity_check"]?.text == "recorded")
    #expect(manifest["scope"]?["not_searchable"]?["k0"]?.whole == 3)
    #expect(manifest["scope"]?["no_known_identity"]?.whole == 12)
    #expect(manifest["masked"]?["others"]?["email"]?.whole == 3)
  }

  @Test func nothingFoundIsAPackageThatSaysSo() throws {
    let written = try Written(AccessSample.package(rich: false), AccessEvents(sorted: []))
    #expect(written["index.html"].contains("<h1>We found no data about you</h1>"))
    #expect(written["events.ndjson"].isEmpty && !written.files.keys.contains { $0.hasSuffix(".csv") })
    #expect(try written.json("manifest.json")["complete"]?.compact == "true")
    #expect(try written.json("manifest.json")["request"]?["identity_check"]?.text == "identity check not recorded")
    #expect(written["index.html"].contains("identity check not recorded"))
  }

  // MARK: - Lines

  @Test func aLineHoldsTheEventAsItIsAndWhereItStands() throws {
    let source = EventSource(file: "b/\"x\".json", block: nil, record: 7, part: 2, destination: .mparticle)
    let events = [
      AccessSample.event("users.messages.email.Open", [("user_id", "a\"b")], number: 3),
      AccessSample.event(
        "users.messages.email.Open",
        copies: [
          AccessEvent.Copy(source: source, differs: [], json: nil),
          AccessEvent.Copy(source: source, differs: ["time"], json: Array(#"{"time":1}"#.utf8)),
        ], repeats: 2),
    ]
    let written = try Written(AccessSample.package(), AccessEvents(sorted: events))
    let copy = #"{"source":{"file":"b/\"x\".json","block":null,"record":7,"part":2},"destination":"mparticle","differs":"#
    let place = #""file":"archive/event_type=users.messages.email.Open/part-0.avro","block":0"#
    #expect(
      written.lines == [
        #"{"source":{\#(place),"record":3},"event_type":"users.messages.email.Open","destination":"storage","#
          + #""matched_by":["braze_id"],"event":{"user_id":"a\"b"}}"#,
        #"{"source":{\#(place),"record":0},"event_type":"users.messages.email.Open","destination":"storage","#
          + #""matched_by":["braze_id"],"event":{},"copies":[\#(copy)[]},\#(copy)["time"],"event":{"time":1}}],"repeats":2}"#,
      ])
  }

  // MARK: - Sheets

  @Test(arguments: [
    ("plain", "plain"), ("=1+1", "'=1+1"), ("+12025550143", "'+12025550143"), ("-cmd", "'-cmd"), ("-12.5", "-12.5"),
    ("-1e5", "-1e5"), ("-1-2", "'-1-2"), ("@x", "'@x"), ("\tx", "\"'\tx\""), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""),
    ("=\"x\"", "\"'=\"\"x\"\"\""), ("a\nb", "\"a\nb\""), ("", ""),
  ])
  func aCellIsNoFormula(value: String, cell: String) throws {
    let event = AccessSample.event("users.behaviors.CustomEvent", [("time", "\(AccessSample.start)"), ("name", value)])
    let written = try Written(AccessSample.package(), AccessEvents(sorted: [event]))
    let rows = written["events/users.behaviors.CustomEvent.csv"]
    #expect(
      Array(rows.utf8)
        == Array(
          ("\u{feff}time,file,name\r\n2026-01-01T00:00:00Z,archive/event_type=users.behaviors.CustomEvent/part-0.avro,"
            + "\(cell)\r\n").utf8))
  }

  @Test func namesOfSheetsAreSafeAndTheirOwn() throws {
    let types = ["../../etc/passwd", "A b", "a/b", "users.messages.email.Open", "Con", "é"]
    let events = types.map { AccessSample.event($0, [("file", "x"), ("weird.path", "1")]) }
    let written = try Written(AccessSample.package(), AccessEvents(sorted: events))
    let names = written.files.keys.filter { $0.hasSuffix(".csv") }.sorted()
    #expect(
      names == [
        "events/other-.._.._etc_passwd.csv", "events/other-A_b.csv", "events/other-Con.csv", "events/other-__.csv",
        "events/other-a_b-2.csv", "events/users.messages.email.Open.csv",
      ])
    #expect(written["events/users.messages.email.Open.csv"].contains("time,file,file (field),weird.path\r\n"))
  }

  @Test func manyUnknownTypesAndFieldsShareAFileAndAColumn() throws {
    let events = (0..<250).map { AccessSample.event("odd \($0)", [("path.\($0)", "v\($0)")], number: $0) }
    let written = try Written(AccessSample.package(), AccessEvents(sorted: events))
    #expect(written.files.keys.count { $0.hasPrefix("events/") } == 101)
    let rest = written["events/others.csv"].split(separator: "\r\n")
    #expect(rest.count == 151 && rest[0].hasSuffix(",other fields"))
    #expect(rest.contains { $0.hasSuffix(",path.99: v99") })
  }

  // MARK: - The page

  @Test(arguments: PackageLanguage.allCases)
  func thePageSaysWhatIsMissing(language: PackageLanguage) throws {
    let page = try Written(AccessSample.package(language), AccessSample.events(30))["index.html"]
    #expect(page.contains("<html lang=\"\(language.rawValue)\">"))
    // Name, purposes, recipients, retention, source, decisions, transfers, three contacts, rights, authority.
    #expect(page.components(separatedBy: "TO BE COMPLETED BY CONTROLLER").count == 13)
    #expect(!page.contains("<script"))
    #expect(page.contains("agency") && page.contains("how bots are told is a secret of ours"))
  }

  @Test func theTextsOfTheControllerStandOnThePage() throws {
    let texts = try ControllerFiles.read([examplePath])
    let english = try Written(AccessSample.package(), AccessSample.events(3), controller: texts)["index.html"]
    #expect(!english.contains("TO BE COMPLETED BY CONTROLLER"))
    #expect(english.contains("<p>You can object to our news at any time.</p>"))
    let french = try Written(AccessSample.package(.fr), AccessSample.events(3), controller: texts)["index.html"]
    #expect(french.contains("Aucun ordinateur ne prend à votre sujet") && !french.contains("No computer"))
  }

  @Test func whatEventsSayIsNoMarkup() throws {
    let event = AccessSample.event(
      "<b>odd</b>", [("<i>path</i>", "<script>alert(1)</script>"), ("message_body", "one\n<u>two</u>")])
    let page = try Written(AccessSample.package(), AccessEvents(sorted: [event]))["index.html"]
    #expect(!page.contains("<script>alert") && !page.contains("<i>path") && !page.contains("<u>two"))
    #expect(page.contains("one<br>&lt;u&gt;two"))
  }

  @Test func theNewestThousandAreOnThePage() throws {
    let events =
      (0..<1200).map { AccessSample.event("users.messages.email.Open", [("id", "n\($0)n")], time: AccessSample.start + $0) }
      + [AccessSample.event("users.messages.email.Open", [("id", "timeless")], time: nil)]
    let page = try Written(AccessSample.package(), AccessEvents(sorted: events))["index.html"]
    #expect(page.contains("These are the first 1,000 of 1,201"))
    #expect(page.contains("n1199n") && page.contains("n200n") && !page.contains("n199n") && !page.contains("timeless"))
    let newest = try #require(page.range(of: "n1199n"))
    let oldest = try #require(page.range(of: "n200n"))
    #expect(newest.lowerBound < oldest.lowerBound)
  }
}

private let examplePath = #filePath.replacingOccurrences(
  of: "Tests/ScrubOperationsTests/AccessWriterTests.swift", with: "Documentation/examples/controller.yml")

/// Writes packages for the eyes of a browser where `ACCESS_SAMPLES` names a folder.
struct AccessSamplesForBrowsers {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["ACCESS_SAMPLES"] != nil))
  func samples() throws {
    let base = try #require(ProcessInfo.processInfo.environment["ACCESS_SAMPLES"])
    let texts = try ControllerFiles.read([examplePath])
    for language in PackageLanguage.allCases {
      for (name, count, controller) in [("full", 300, texts), ("many", 2500, []), ("none", 0, texts)] {
        let folder = "\(base)/\(name)-\(language.rawValue)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let package = AccessSample.package(language, rich: count > 0)
        let names = try AccessWriter.write(
          package, AccessSample.events(count), controller: controller, catalog: .builtIn, to: folder)
        try PackageZip.write(folder: folder, names: names, to: folder + ".zip", passphrase: nil)
        let passphrase = secretBytes("correct horse battery")
        try PackageZip.write(folder: folder, names: names, to: folder + "-sealed.zip", passphrase: passphrase)
      }
    }
  }
}
