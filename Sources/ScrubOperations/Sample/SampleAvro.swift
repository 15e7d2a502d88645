/// Writes events as Avro object container files, uncompressed, as Currents does.
struct SampleAvro {
  /// Everything before the sync marker.
  private let header: [UInt8]
  private let fields: [SampleField]
  private var block = SampleText()
  private var events = 0
  private var sync: [UInt8] = []

  private static let blockSize = 64_000

  init(_ type: SampleEventType) {
    fields = type.fields
    header = Self.header(schema: Self.schema(of: type))
  }

  private static func header(schema: SampleText) -> [UInt8] {
    var header = SampleText(bytes: Array("Obj\u{1}".utf8))
    header.add(avro: 1)
    header.add(avro: Array("avro.schema".utf8))
    header.add(avro: schema.bytes)
    header.add(0)
    return header.bytes
  }

  /// The schema as Currents writes it: a dotted record name without a namespace of its own.
  private static func schema(of type: SampleEventType) -> SampleText {
    var schema = SampleText()
    schema.add(#"{"type":"record","name":"dataexport.S3.inner."#)
    schema.add(type.facts.name)
    schema.add(#"","fields":["#)
    for (index, field) in type.fields.enumerated() {
      schema.add(index == 0 ? #"{"name":""# : #",{"name":""#)
      schema.add(field.path)
      schema.add(#"","type":"#)
      let name = avroName(of: field.kind)
      schema.add(field.isRequired ? name : #"["null","# + name + "]")
      schema.add(#","doc":"#)
      schema.add(quoted: field.doc)
      schema.add(field.isRequired ? "}" : #","default":null}"#)
    }
    schema.add("]}")
    return schema
  }

  private static func avroName(of kind: SampleField.Kind) -> String {
    switch kind {
    case .string: #""string""#
    case .int: #""int""#
    case .long: #""long""#
    case .float: #""float""#
    case .boolean: #""boolean""#
    case .list(ofNullable: false): #"{"type":"array","items":"string"}"#
    case .list(ofNullable: true): #"{"type":"array","items":["null","string"]}"#
    }
  }

  mutating func begin(_ file: inout SampleFile, sync: [UInt8]) throws(SampleProblem) {
    self.sync = sync
    try file.append(header)
    try file.append(sync)
  }

  mutating func append(_ draft: inout SampleDraft, to file: inout SampleFile) throws(SampleProblem) {
    for field in fields {
      let value = field.recipe.value(in: &draft, isRequired: field.isRequired)
      if !field.isRequired {
        guard value.isPresent else {
          block.add(0)
          continue
        }
        block.add(2)
      }
      block.add(value, as: field.kind, from: draft)
    }
    events += 1
    if block.bytes.count >= Self.blockSize { try end(&file) }
  }

  /// Writes the block that is not full yet.
  mutating func end(_ file: inout SampleFile) throws(SampleProblem) {
    guard events > 0 else { return }
    var counts = SampleText()
    counts.add(avro: events)
    counts.add(avro: block.bytes.count)
    try file.append(counts.bytes)
    try file.append(block.bytes)
    try file.append(sync)
    block.removeAll()
    events = 0
  }
}

extension SampleValue {
  var isPresent: Bool {
    if case .null = self { false } else { true }
  }
}

extension SampleText {
  /// A number in Avro's zigzag form of variable length.
  mutating func add(avro number: Int) {
    var rest = UInt64(bitPattern: Int64(number) << 1 ^ Int64(number) >> 63)
    while rest >= 0x80 {
      add(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    add(UInt8(rest))
  }

  /// A string or bytes value of Avro.
  mutating func add(avro value: [UInt8]) {
    add(avro: value.count)
    bytes.append(contentsOf: value)
  }

  /// The value in the encoding of its type; a value of another type, which no recipe makes, counts as empty.
  fileprivate mutating func add(
    _ value: SampleValue, as kind: SampleField.Kind, from draft: borrowing SampleDraft
  ) {
    switch (kind, value) {
    case (.string, .text): add(avro: draft.text.bytes)
    case (.int, .whole(let number)), (.long, .whole(let number)): add(avro: number)
    case (.float, .real(let number)): add(avro: number)
    case (.float, .whole(let number)): add(avro: Float(number))
    case (.boolean, .flag(let flag)): add(flag ? 1 : 0)
    case (.list(let ofNullable), .list): add(avro: draft.list, ofNullable: ofNullable)
    case (.float, _): add(avro: Float(0))
    case (.string, _), (.int, _), (.long, _), (.boolean, _), (.list, _): add(0)
    }
  }

  private mutating func add(avro number: Float) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      add(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
    }
  }

  private mutating func add(avro list: [[UInt8]?], ofNullable: Bool) {
    if !list.isEmpty { add(avro: list.count) }
    for item in list {
      if ofNullable { add(item == nil ? 0 : 2) }
      if item != nil || !ofNullable { add(avro: item ?? []) }
    }
    add(0)
  }
}
