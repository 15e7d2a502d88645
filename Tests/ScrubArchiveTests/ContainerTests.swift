import ScrubArchive
import ScrubCore
import Testing

private func varint(_ number: Int) -> [UInt8] {
  var sink = ByteSink()
  sink.appendVarint(number)
  return unsafe sink.withUnsafeBytes { unsafe Array($0) }
}

private func text(_ text: String) -> [UInt8] { varint(text.utf8.count) + Array(text.utf8) }

private let sync = [UInt8](1...16)
private let header =
  AvroHeader.magic + varint(2) + text("avro.schema") + text("\"int\"") + text("avro.codec") + text("null") + varint(0)
  + sync

private func parse(_ bytes: [UInt8]) throws -> (header: AvroHeader, end: Int)? {
  let span = unsafe bytes.span.bytes
  return try AvroHeader.parse(span)
}

struct HeaderTests {
  @Test func metadataKeepsItsOrderAndOursComesLast() throws {
    let parsed = try #require(try parse(header))
    #expect(parsed.end == header.count)
    #expect(parsed.header["avro.codec"] == Array("null".utf8))
    let written = parsed.header.adding([("currents-scrub.plan", "ab")])
    let again = try #require(try parse(written))
    #expect(
      again.header.metadata.map { String(decoding: $0.key, as: UTF8.self) }
        == ["avro.schema", "avro.codec", "currents-scrub.plan"])
    #expect(again.header.adding([("currents-scrub.plan", "ab")]) == written)
  }

  @Test func everyTruncationAsksForMoreOrIsRefused() throws {
    for length in 4..<header.count { #expect(try parse(Array(header[..<length])) == nil) }
  }

  @Test func duplicateKeysAreRefused() {
    let twice = AvroHeader.magic + varint(2) + text("a") + text("1") + text("a") + text("2") + varint(0) + sync
    #expect(throws: RecordError.self) { try parse(twice) }
  }

  @Test(arguments: [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]])
  func hugeCountsAreRefused(count: [UInt8]) {
    #expect(throws: RecordError.self) { try parse(AvroHeader.magic + count + sync) }
  }
}
