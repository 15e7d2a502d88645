import Foundation
import ScrubNative
import Testing

@testable import ScrubOperations

struct ReceiptTests {
  // MARK: - Numbers and states

  @Test(arguments: Receipt.State.allCases)
  func madeReceiptsAreTrue(state: Receipt.State) throws {
    let receipt = ReceiptSample.receipt(state)
    #expect(receipt.wrongSums == [])
    #expect(receipt.isStateTrue)
    #expect(receipt.impliedState == state || state == .refused)
  }

  @Test(arguments: Receipt.State.allCases)
  func noOtherStateIsTrue(state: Receipt.State) {
    for other in Receipt.State.allCases where other != state {
      var receipt = ReceiptSample.receipt(state)
      receipt.state = other
      // Nothing was changed where nothing was found, which a refusal may say as well.
      #expect(receipt.isStateTrue == (state == .nothingFound && other == .refused || state == .refused && other == .incomplete))
    }
  }

  static let gaps: [@Sendable (inout Receipt) -> Void] = [
    { $0.gaps = [Receipt.Gap(archive: 0, path: "a", code: "file.unreadable")] }, { $0.leftOut = ["/data/older"] },
    { $0.files.changed = 1 }, { $0.files.failed = 1 }, { $0.files.unreadable = 1 }, { $0.files.skipped = 1 },
    { $0.notSearchable.files["k0"] = 1 }, { $0.notSearchable.nameless = 1 }, { $0.events.total.left = 1 },
    { $0.events.total.heldBack = 1 }, { $0.verification.matchesAfter = 1 },
    { $0.verification.filesReadBack = 1 },
  ]

  @Test(arguments: gaps.indices)
  func nothingIsCompleteWithAGap(gap: Int) {
    for state in [Receipt.State.complete, .completeExcept] {
      var receipt = ReceiptSample.receipt(state)
      Self.gaps[gap](&receipt)
      #expect(receipt.impliedState == .incomplete && !receipt.isStateTrue)
    }
  }

  static let lies: [@Sendable (inout Receipt) -> Void] = [
    { $0.events.total.deleted += 1 }, { $0.events.total.matched -= 1 },
    { $0.events.types["users.messages.email.Open"]?.heldBack += 1 },
    { $0.events.types["users.messages.email.Open"]?.matched += 1 }, { $0.events.types["x"] = $0.events.total },
    { $0.files.scanned += 1 }, { $0.files.rewritten += 1 }, { $0.files.unchanged -= 1 }, { $0.rewritten.removeLast() },
    { $0.rewritten[0].after.events += 1 }, { $0.rewritten[0].counts.deleted -= 1 }, { $0.rewritten[0].archive = 2 },
    { $0.rewritten[1].archive = -1 }, { $0.retained.removeLast() }, { $0.retained[0].events += 1 },
    { $0.retained[0].kind = .hold }, { $0.residual.places[0].redacted = 4 }, { $0.verification.filesReadBack = 3 },
    { $0.files.unreadable = 1 },
    {
      $0.retained[0].events += 10
      $0.retained.append(Receipt.Retained(kind: .keep, basis: "x", owner: nil, review: nil, events: -10))
    },
  ]

  @Test(arguments: lies.indices)
  func numbersThatDoNotAddUpAreFound(lie: Int) {
    var receipt = ReceiptSample.receipt(.completeExcept)
    Self.lies[lie](&receipt)
    #expect(receipt.wrongSums != [])
  }

  @Test func hugeNumbersDoNotTrap() {
    var receipt = ReceiptSample.receipt(.completeExcept)
    receipt.events.total.deleted = .max
    receipt.events.total.kept = .max
    receipt.rewritten[0].before.events = .min
    receipt.retained[0].events = .max
    receipt.files.rewritten = .max
    receipt.files.unchanged = .max
    #expect(receipt.wrongSums != [])
    _ = receipt.impliedState
  }

  // MARK: - The document

  @Test(arguments: Receipt.State.allCases)
  func aReceiptIsReadAsItIsWritten(state: Receipt.State) throws {
    let sealed = try ReceiptSample.receipt(state).sealed(by: ReceiptSample.key?.verifying)
    let bytes = try CanonicalJSON.bytes(of: sealed)
    var proof = ReceiptProof()
    let read = try #require(ReceiptCheck.read(bytes, &proof))
    #expect(proof.findings.isEmpty)
    #expect(try CanonicalJSON.bytes(of: read) == bytes)
    #expect(bytes.last == UInt8(ascii: "}") && !bytes.contains(0x0a))
    ReceiptCheck.check(read, &proof)
    #expect(proof.findings.isEmpty)
  }

  @Test func onlyTheOneFormIsCanonical() throws {
    let sealed = try ReceiptSample.receipt(.complete).sealed(by: nil)
    let text = String(decoding: try CanonicalJSON.bytes(of: sealed), as: UTF8.self)
    let others = [
      text + "\n", " " + text, text.replacingOccurrences(of: ",\"schema\"", with: ", \"schema\""),
      text.dropLast() + ",\"zzz\":1}", text.dropLast() + ",\"vault_rows_removed\":2}",
      text.replacingOccurrences(of: "é", with: "\\u00e9"), text.replacingOccurrences(of: "/data", with: "\\/data"),
      text.replacingOccurrences(of: "\"scanned\":6000", with: "\"scanned\":6e3"),
    ]
    for other in others {
      var proof = ReceiptProof()
      _ = ReceiptCheck.read(Array(other.utf8), &proof)
      #expect(proof.findings.map(\.code) == ["receipt.not-canonical"] || proof.findings.map(\.code) == ["receipt.malformed"])
    }
  }

  /// The root, and any of the file results in it, can be proved without the others.
  @Test func theRootIsThatOfTheStandard() throws {
    func hex(_ text: String) -> [UInt8] {
      let digits = Array(text.utf8)
      return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16) }
    }
    // The tree of eight of the Certificate Transparency tests.
    let items = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(hex)
    let roots = [
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    for (count, root) in roots.enumerated() { #expect(MerkleTree.root(of: Array(items.prefix(count))).hex == root) }
  }

  // MARK: - The folder

  @Test func receiptsAreWrittenWholeOnceAndNeverReplaced() throws {
    try AccessSample.inFolder { base in
      let folder = base + "/receipts/one"
      let receipt = ReceiptSample.receipt(.completeExcept)
      let personal = [PersonalFile(name: "downstream/x.json", bytes: Array("{}".utf8))]
      let key = try #require(ReceiptSample.key)
      let sealed = try ReceiptFolder.write(receipt, signedBy: key, personal: personal, to: folder)
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      #expect(
        names == ["downstream", "downstream/x.json", "receipt.html", "receipt.json", "receipt.json.sig", "signing.pub.pem"])
      let modes = try ["receipt.json", "receipt.json.sig", "receipt.html", "downstream", "downstream/x.json"].map {
        try FileManager.default.attributesOfItem(atPath: "\(folder)/\($0)")[.posixPermissions] as? Int
      }
      #expect(modes == [0o644, 0o644, 0o644, 0o700, 0o600])
      let bytes = try GivenFile.read(folder + "/receipt.json")
      #expect(try bytes == CanonicalJSON.bytes(of: sealed))
      #expect(key.verifying.verifies(try GivenFile.read(folder + "/receipt.json.sig"), of: bytes))

      // Once more, as after a crash before the last file.
      try FileManager.default.removeItem(atPath: folder + "/receipt.json")
      try Data("half".utf8).write(to: URL(fileURLWithPath: folder + "/receipt.json.tmp"))
      try ReceiptFolder.write(receipt, signedBy: key, personal: personal, to: folder)
      #expect(try GivenFile.read(folder + "/receipt.json") == bytes)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == names)

      var other = receipt
      other.executed = "2026-11-24T00:00:00Z"
      #expect(throws: ScrubRefusal.self) { try ReceiptFolder.write(other, signedBy: key, personal: personal, to: folder) }
      #expect(try GivenFile.read(folder + "/receipt.json") == bytes)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == names)
    }
  }

  @Test func withoutAKeyTheReceiptSaysSo() throws {
    try AccessSample.inFolder { folder in
      let sealed = try ReceiptFolder.write(ReceiptSample.receipt(.complete), signedBy: nil, to: folder)
      #expect(sealed.signature.status == .unsigned)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["receipt.html", "receipt.json"])
      let page = try GivenFile.readText(folder + "/receipt.html")
      #expect(page.contains("is not signed") && !page.contains("openssl pkeyutl"))
    }
  }

  // MARK: - The page

  @Test func equalReceiptsAreEqualPages() throws {
    let sealed = try ReceiptSample.receipt(.incomplete).sealed(by: nil)
    #expect(try ReceiptPage.html(sealed) == ReceiptPage.html(sealed))
  }

  @Test(arguments: Receipt.State.allCases)
  func thePageSaysWhatTheReceiptSays(state: Receipt.State) throws {
    let receipt = try ReceiptSample.receipt(state).sealed(by: ReceiptSample.key?.verifying)
    let page = try ReceiptPage.html(receipt)
    #expect(page.contains(state.rawValue))
    #expect(page.contains("Logical deletion by rewriting; media not sanitised."))
    #expect(page.contains(receipt.merkleRoot) && page.contains("DSR-114"))
    #expect(!page.contains("<b>.avro") && !page.contains("<agency>"))
    for reason in receipt.reasons { #expect(page.contains("[\(reason)]")) }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["RECEIPT_SAMPLES"] != nil))
  func ReceiptSamplesForBrowsers() throws {
    let base = try #require(ProcessInfo.processInfo.environment["RECEIPT_SAMPLES"])
    for state in Receipt.State.allCases {
      try ReceiptFolder.write(ReceiptSample.receipt(state), signedBy: ReceiptSample.key, to: "\(base)/\(state.rawValue)")
    }
    var many = ReceiptSample.receipt(.complete)
    let file = many.rewritten[1]
    for number in 0..<1_500 {
      var file = file
      file.path = "dataexport/prod-01/date=2026-11-\(number % 30 + 1)/part-\(number).avro"
      file.counts = Receipt.Counts()
      file.after.events = file.before.events
      many.rewritten.append(file)
    }
    many.files.rewritten += 1_500
    many.files.scanned += 1_500
    many.verification.filesReadBack += 1_500
    try ReceiptFolder.write(many, signedBy: nil, to: "\(base)/many")
  }
}
