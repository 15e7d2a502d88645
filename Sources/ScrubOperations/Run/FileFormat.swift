internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What a file is, told by its first bytes.
enum FileFormat {
  case avro
  /// Events in JSON behind a byte order mark of `prefix` bytes.
  case json(JSONForm, prefix: Int)
  case empty, unsupported

  /// Tells formats apart; from here on a compressed file gives its expanded bytes.
  ///
  /// - Parameters:
  ///   - limit: how many blanks may stand before the first event, and how much a zstd stream may ask to be
  ///   kept of what it held before, in bytes.
  ///   - told: how events in JSON stand, whatever they say.
  static func sniff(_ input: inout InputFile, limit: Int, told: JSONForm? = nil) throws(Failure) -> FileFormat {
    _ = try input.fill(4)
    if let compression = input.withWindow({ compression(of: $0) }) {
      try input.startExpanding(compression, windowLimit: limit)
      _ = try input.lookAhead(4)
    }
    let prefix = input.withWindow { starts($0, with: [0xef, 0xbb, 0xbf]) } ? 3 : 0
    if let told { return .json(told, prefix: prefix) }
    if input.withWindow({ starts($0, with: AvroHeader.magic) }) { return .avro }
    if input.available == 0 { return .empty }
    return try sniffJSON(&input, prefix: prefix, limit: limit)
  }

  /// Reads on until the first event tells how all of them stand.
  private static func sniffJSON(_ input: inout InputFile, prefix: Int, limit: Int) throws(Failure) -> FileFormat {
    var wanted = 1 << 12
    while true {
      let isWhole = try !input.lookAhead(wanted)
      let found = input.withWindow { bytes -> FileFormat? in
        let index = bytes.blanksEnd(from: prefix)
        guard index < bytes.byteCount else { return isWhole ? .empty : nil }
        switch JSONForm.of(bytes, from: index, isWhole: isWhole) {
        case .form(let form): return .json(form, prefix: prefix)
        case .none: return .unsupported
        // A first line over the limit is one, whatever it holds.
        case .needsMore: return wanted > limit ? .json(.lines, prefix: prefix) : nil
        }
      }
      if let found { return found }
      if wanted > limit { return .unsupported }
      wanted = min(2 * wanted, limit + 1)
    }
  }

  private static func compression(of bytes: borrowing RawSpan) -> StreamCompression? {
    if starts(bytes, with: [0x1f, 0x8b]) { return .gzip }
    if starts(bytes, with: [0x28, 0xb5, 0x2f, 0xfd]) { return .zstd }
    // A frame to be skipped may come first (RFC 8878, section 3.1.2).
    let isSkippable = (0x50...0x5f).contains { starts(bytes, with: [$0, 0x2a, 0x4d, 0x18]) }
    return isSkippable ? .zstd : nil
  }

  private static func starts(_ bytes: borrowing RawSpan, with magic: [UInt8]) -> Bool {
    guard bytes.byteCount >= magic.count else { return false }
    for index in magic.indices where bytes.byte(at: index) != magic[index] { return false }
    return true
  }
}

extension AvroHeader {
  /// Reads the header at the front of a file.
  static func read(_ input: inout InputFile) throws(Failure) -> AvroHeader {
    var wanted = 1 << 14
    while true {
      let isWhole = try !input.lookAhead(wanted)
      let parsed: Result<(header: AvroHeader, end: Int)?, RecordError> = input.withWindow { bytes in
        do throws(RecordError) { return .success(try AvroHeader.parse(bytes)) } catch { return .failure(error) }
      }
      switch parsed {
      case .success(let parsed?):
        input.consume(parsed.end)
        return parsed.header
      case .success(nil) where !isWhole:
        wanted *= 4
      case .success(nil): throw Failure(.header, place: "ends early")
      case .failure(let error): throw Failure(.header, place: "byte \(error.offset)")
      }
    }
  }
}

extension DestinationShape {
  /// Lines that begin behind these bytes are not asked where they belong.
  private static let front = 1 << 16

  /// The destination that the first line that speaks for any, or the first item, speaks for; else storage.
  static func sniff(_ input: inout InputFile, _ form: JSONForm, limit: Int) throws(Failure) -> Destination {
    if form == .lines {
      var wanted = front
      while true {
        let isWhole = try !input.lookAhead(wanted)
        let (told, last) = input.withWindow { bytes in destination(ofLines: bytes, isCut: !isWhole) }
        if let told { return told }
        if isWhole || last > front || wanted > limit { return .storage }
        wanted = min(4 * wanted, limit + 1)
      }
    }
    var items = JSONItems(isArray: form == .array, limit: limit)
    guard case .item(let lead, let count) = try items.next(&input) else { return .storage }
    return input.withWindow { bytes in destination(of: bytes.extracting(lead..<(lead + count))) } ?? .storage
  }
}
