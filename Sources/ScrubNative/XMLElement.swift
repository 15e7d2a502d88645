internal import CExpat

/// An element of a small XML document: its name, its own text, and the elements in it. Attributes are passed over.
package struct XMLElement: Hashable, Sendable {
  package let name: String
  package private(set) var text = ""
  package private(set) var children: [XMLElement] = []

  /// The most that is read, in bytes: a page of a thousand keys of a kilobyte, each of it escaped.
  package static let sizeLimit = 16 << 20
  private static let depthLimit = 32

  /// The first element of that name.
  package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The elements of that name, in their order.
  package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// Reads a document by Expat.
  ///
  /// - Returns: the outermost element; nothing where the bytes are no XML, or hold what answers of stores never do: a
  ///   document type, or nesting beyond any of theirs.
  package static func read(_ document: [UInt8]) -> XMLElement? {
    guard document.count <= sizeLimit, let parser = unsafe XML_ParserCreate(nil) else { return nil }
    defer { unsafe XML_ParserFree(parser) }
    let reading = Reading(UInt(bitPattern: parser))
    unsafe XML_SetUserData(parser, Unmanaged.passUnretained(reading).toOpaque())
    unsafe XML_SetElementHandler(
      parser,
      { data, name, _ in
        unsafe current(data)?.start(name.map { unsafe String(cString: $0) } ?? "")
      }, { data, _ in unsafe current(data)?.end() })
    unsafe XML_SetCharacterDataHandler(parser) { data, text, count in
      unsafe current(data)?.add(UnsafeRawBufferPointer(start: text, count: Int(count)))
    }
    unsafe XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in unsafe current(data)?.refuse() }
    let status = unsafe document.withUnsafeBytes { bytes in
      unsafe XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 1)
    }
    return withExtendedLifetime(reading) { status == XML_STATUS_OK ? reading.whole : nil }
  }

  /// What Expat's calls build.
  fileprivate final class Reading {
    private let parser: UInt
    private var open: [(element: XMLElement, text: [UInt8])] = []
    private(set) var whole: XMLElement?

    init(_ parser: UInt) { self.parser = parser }

    func start(_ name: String) {
      if open.count == depthLimit { return refuse() }
      open.append((XMLElement(name: name), []))
    }

    func add(_ text: UnsafeRawBufferPointer) {
      if !open.isEmpty { unsafe open[open.count - 1].text.append(contentsOf: text) }
    }

    func end() {
      guard let (start, text) = open.popLast() else { return }
      var element = start
      element.text = String(decoding: text, as: UTF8.self)
      if open.isEmpty { whole = element } else { open[open.count - 1].element.children.append(element) }
    }

    func refuse() {
      unsafe _ = XML_StopParser(OpaquePointer(bitPattern: parser), XML_Bool(XML_FALSE))
    }
  }

  private init(name: String) { self.name = name }
}

private func current(_ data: UnsafeMutableRawPointer?) -> XMLElement.Reading? {
  unsafe data.map { unsafe Unmanaged<XMLElement.Reading>.fromOpaque($0).takeUnretainedValue() }
}
