extension ObjectStore {
  /// Writes an object of blocks, which nobody sees before the list of them is there.
  ///
  /// Blocks that are left where this fails the service forgets when the object is written, or after a week.
  func writeBlocks(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    let writing = UInt64.random(in: 0...UInt64.max)
    let names = try sendPieces(of: source) { (number, bytes) throws(Failure) in
      let name = Self.blockName(writing, number)
      try writeBlock(key, name, bytes)
      return name
    }
    var request = StoreRequest()
    request.method = "PUT"
    request.key = key
    request.query = [("comp", "blocklist")]
    request.headers = dialect.headers(description)
    request.headers += [("content-type", "application/xml"), try dialect.header(condition)]
    let list = names.map { "<Latest>\($0)</Latest>" }.joined()
    request.body = Array("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>\(list)</BlockList>".utf8)
    _ = try send(request)
  }

  private func writeBlock(_ key: String, _ name: String, _ bytes: [UInt8]) throws(Failure) {
    var request = StoreRequest()
    request.method = "PUT"
    request.key = key
    request.query = [("comp", "block"), ("blockid", name)]
    request.headers = [("content-type", "application/octet-stream")]
    request.body = bytes
    _ = try send(request)
  }

  /// The name of a block: of this writing only, Base64 as it stands, and of one length for all blocks of an object, as
  /// the service wants them.
  static func blockName(_ writing: UInt64, _ number: Int) -> String {
    func padded(_ text: String, _ count: Int) -> String { String(repeating: "0", count: max(0, count - text.count)) + text }
    return padded(String(writing, radix: 16), 16) + padded(String(number), 8)
  }
}
