import ScrubCore
import Testing

struct VarintTests {
  @Test(
    arguments: [
      (0, [0x00]), (-1, [0x01]), (1, [0x02]), (-64, [0x7f]), (64, [0x80, 0x01]), (8192, [0x80, 0x80, 0x01]),
      (Int.max, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
      (Int.min, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
    ] as [(Int, [UInt8])])
  func numbersAreWrittenAndReadAsTheSpecificationSays(number: Int, bytes: [UInt8]) throws {
    #expect(varint(number) == bytes)
    #expect(try read(bytes).number == number)
  }

  @Test func everyBitLengthGoesThereAndBack() throws {
    for shift in 0..<63 {
      for number in [1 << shift, -(1 << shift), (1 << shift) - 1] {
        #expect(try read(varint(number)).number == number)
      }
    }
  }

  @Test func aLongFormOfASmallNumberIsRead() throws {
    #expect(try read([0x82, 0x80, 0x00]).number == 1)
    #expect(try read([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).number == 1)
  }

  @Test(
    arguments: [
      ([], .endsEarly), ([0x80], .endsEarly), ([0xff, 0xff, 0xff], .endsEarly),
      ([UInt8](repeating: 0x80, count: 9), .endsEarly),
      ([UInt8](repeating: 0xff, count: 10), .badNumber),
      ([UInt8](repeating: 0x80, count: 9) + [0x02], .badNumber),
      ([UInt8](repeating: 0x80, count: 10) + [0x00], .badNumber),
    ] as [([UInt8], RecordError.Code)])
  func whatIsNoNumberIsRefused(bytes: [UInt8], code: RecordError.Code) {
    do {
      _ = try read(bytes)
      Issue.record("read")
    } catch { #expect((error as? RecordError)?.code == code) }
  }

  @Test func thePlaceBehindTheNumberIsTold() throws {
    #expect(try read([0x80, 0x01, 0x55]).end == 2)
    #expect(try read([0x02, 0x55]).end == 1)
  }

  private func read(_ bytes: [UInt8]) throws -> (number: Int, end: Int) {
    var position = 0
    let number = try unsafe bytes.span.bytes.readVarint(&position)
    return (number, position)
  }
}
