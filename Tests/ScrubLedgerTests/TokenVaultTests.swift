import Foundation
import ScrubLedger
import Testing

struct TokenVaultTests {
  @Test func theFirstOriginalOfATokenStays() throws {
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    #expect(try vault.add { add in for number in 0..<3 { try add(row(number)) } } == 3)
    #expect(
      try vault.add { add in
        try add(row(1, original: "another"))
        try add(row(3))
      } == 1)
    #expect(try vault.row(of: "k1-token1") == row(1))
    #expect(try vault.row(of: "k1-token9") == nil)
    #expect(try vault.counts() == [VaultCount(keyID: "k1", domain: "email", rows: 4)])
  }

  @Test func whatFailsInTheMiddleStoresNothing() throws {
    struct Stop: Error {}
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    #expect(throws: LedgerProblem.self) {
      try vault.add { add in
        try add(row(1))
        throw Stop()
      }
    }
    #expect(try vault.counts().isEmpty)
  }

  @Test func onlyItsOwnerReadsIt() throws {
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    try vault.add { add in try add(row(1)) }
    #expect(try bench.mode("vault.sqlite") == 0o600)
    #expect(try bench.mode("vault.sqlite-wal") == 0o600)
  }

  @Test func rowsComeInTheOrderOfTokensSoManyAtATime() throws {
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    try vault.add { add in for number in (10..<35).reversed() { try add(row(number)) } }
    var batches: [[VaultRow]] = []
    try vault.forEach(by: 10) { rows in batches.append(rows) }
    #expect(batches.map(\.count) == [10, 10, 5])
    #expect(batches.flatMap { $0 } == (10..<35).map { row($0) })
  }

  @Test func countsAreByKeyAndDomain() throws {
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    try vault.add { add in
      try add(row(1))
      try add(row(2, domain: "phone"))
      try add(row(3, key: "k2"))
      try add(row(4))
    }
    #expect(
      try vault.counts() == [
        VaultCount(keyID: "k1", domain: "email", rows: 2), VaultCount(keyID: "k1", domain: "phone", rows: 1),
        VaultCount(keyID: "k2", domain: "email", rows: 1),
      ])
  }

  @Test func whatIsRemovedIsInNoFileAnyMore() throws {
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    let mark = "a-mark-that-stands-nowhere-else"
    try vault.add { add in
      for number in 0..<200 { try add(row(number)) }
      try add(row(777, original: mark))
    }
    func holdsMark() throws -> Bool {
      try ["vault.sqlite", "vault.sqlite-wal"].contains { try bench.bytes($0).range(of: Data(mark.utf8)) != nil }
    }
    #expect(try holdsMark())
    let removal = try vault.remove(["k1-token777", "k1-token778"])
    #expect(removal.rows == 1 && removal.isLogEmpty)
    #expect(try !holdsMark())
    #expect(try bench.bytes("vault.sqlite-wal").isEmpty)
    #expect(try vault.row(of: "k1-token777") == nil)
    #expect(try vault.row(of: "k1-token7") == row(7))
  }

  @Test func anotherKeyOfAnIdIsRefused() throws {
    let bench = try StateBench()
    let vault = try TokenVault.obtain(in: bench.path)
    try vault.note(["k1": "aaaa"])
    try vault.note(["k1": "aaaa", "k2": "bbbb"])
    #expect(problem { try vault.note(["k3": "cccc", "k2": "other"]) } == .vaultOtherKey)
    #expect(try vault.keys() == ["k1": "aaaa", "k2": "bbbb"])
  }

  @Test func severalWritersAtOnceLoseNothing() async throws {
    let bench = try StateBench()
    _ = try TokenVault.obtain(in: bench.path)
    let path = bench.path
    // Each with a connection of its own, as processes have.
    try await withThrowingTaskGroup { group in
      for writer in 0..<4 {
        group.addTask {
          let vault = try TokenVault.obtain(in: path)
          for batch in 0..<10 {
            try vault.add { add in
              for number in 0..<50 { try add(row(batch * 50 + number, original: "by \(writer)")) }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let vault = try TokenVault.obtain(in: path)
    #expect(try vault.counts().map(\.rows) == [500])
  }
}

struct VaultOpeningTests {
  /// A vault of 500 rows that nobody has open.
  private func filled(_ bench: StateBench) throws {
    let vault = try TokenVault.obtain(in: bench.path)
    try vault.add { add in for number in 0..<500 { try add(row(number)) } }
  }

  @Test func thereIsNoneBeforeItIsFilled() throws {
    let bench = try StateBench()
    #expect(try TokenVault.existing(in: bench.path) == nil)
    #expect(problem { _ = try TokenVault.reading(bench.vault) } == .vaultMissing)
    #expect(!FileManager.default.fileExists(atPath: bench.vault))
  }

  @Test func aVaultThatWasNeverFinishedIsMadeAgain() throws {
    let bench = try StateBench()
    try bench.write(Data(), to: "vault.sqlite")
    #expect(try TokenVault.existing(in: bench.path) == nil)
    try filled(bench)
    #expect(try TokenVault.existing(in: bench.path)?.counts().map(\.rows) == [500])
  }

  @Test func whatIsNoVaultIsRefused() throws {
    let bench = try StateBench()
    try bench.write(Data(repeating: 0x61, count: 5000), to: "vault.sqlite")
    #expect(problem { _ = try TokenVault.existing(in: bench.path) } == .vaultForeign)
    #expect(problem { _ = try TokenVault.obtain(in: bench.path) } == .vaultForeign)
  }

  @Test func everyDamagedPageIsFoundAtOpening() throws {
    let bench = try StateBench()
    try filled(bench)
    let whole = try bench.bytes("vault.sqlite")
    // The head of each page but the first, whose damage makes it no database.
    for page in 1..<(whole.count / 4096) {
      var damaged = whole
      for index in 0..<16 { damaged[page * 4096 + index] ^= 0xff }
      try bench.write(damaged, to: "vault.sqlite")
      #expect(problem { _ = try TokenVault.obtain(in: bench.path) } == .vaultDamaged, "page \(page)")
    }
    try bench.write(whole.prefix(whole.count / 2), to: "vault.sqlite")
    #expect(problem { _ = try TokenVault.existing(in: bench.path) } == .vaultDamaged)
    try bench.write(whole, to: "vault.sqlite")
    #expect(try TokenVault.existing(in: bench.path)?.counts().map(\.rows) == [500])
  }

  @Test func oneThatOthersMayReadIsRefused() throws {
    let bench = try StateBench()
    try filled(bench)
    try bench.write(bench.bytes("vault.sqlite"), to: "vault.sqlite", mode: 0o640)
    #expect(problem { _ = try TokenVault.obtain(in: bench.path) } == .vaultExposed)
    try FileManager.default.moveItem(atPath: bench.vault, toPath: bench.file("elsewhere"))
    try FileManager.default.createSymbolicLink(atPath: bench.vault, withDestinationPath: bench.file("elsewhere"))
    #expect(problem { _ = try TokenVault.obtain(in: bench.path) } == .vaultExposed)
  }

  @Test func aLaterVersionIsRefused() throws {
    let bench = try StateBench()
    try filled(bench)
    var later = try bench.bytes("vault.sqlite")
    // The user version stands in bytes 60 to 63 of the header (SQLite file format, section 1.3).
    later[63] = 2
    try bench.write(later, to: "vault.sqlite")
    #expect(problem { _ = try TokenVault.obtain(in: bench.path) } == .vaultLater)
  }

  @Test func readingLeavesAVaultAsItIs() throws {
    let bench = try StateBench()
    try filled(bench)
    let before = try bench.bytes("vault.sqlite")
    do {
      let vault = try TokenVault.reading(bench.vault)
      #expect(try vault.counts().map(\.rows) == [500])
      #expect(problem { try vault.add { add in try add(row(1000)) } } == .vaultUnwritable)
    }
    #expect(try bench.bytes("vault.sqlite") == before)
  }

  @Test func everyProblemHasWords() {
    for code in LedgerProblem.Code.allCases {
      #expect(!LedgerProblem(code).message.isEmpty && !LedgerProblem(code).hint.isEmpty)
    }
  }
}
