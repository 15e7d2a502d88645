internal import Glibc
package import ScrubNative

/// The text form of a key: 64 hex digits, base64 of 32 or 64 bytes, or `hex:` and `base64:` before other lengths.
package enum KeyText {
  /// Longest text that is read, in bytes.
  package static let sizeLimit = 4096

  /// Decodes a key's text.
  ///
  /// - Throws: `KeyRefusal` for anything but a key of 32 bytes or more.
  package static func decode(_ text: SecretBytes) throws(KeyRefusal) -> SecretBytes {
    let key = try unsafe text.withBytes { (bytes) throws(KeyRefusal) in try unsafe decode(bytes) }
    guard key.count >= 32 else { throw KeyRefusal(code: .short) }
    let isAllEqual = unsafe key.withBytes { bytes in unsafe bytes.allSatisfy { unsafe $0 == bytes[0] } }
    if isAllEqual { throw KeyRefusal(code: .allEqual) }
    return key
  }

  private static func decode(_ text: UnsafeRawBufferPointer) throws(KeyRefusal) -> SecretBytes {
    var end = text.count
    if unsafe end > 0 && text[end - 1] == 0x0a { end -= 1 }
    guard end > 0 else { throw KeyRefusal(code: .empty) }
    let body = unsafe UnsafeRawBufferPointer(rebasing: text[..<end])
    if unsafe body.starts(with: "hex:".utf8) {
      return try unsafe hex(UnsafeRawBufferPointer(rebasing: body[4...]))
    }
    if unsafe body.starts(with: "base64:".utf8) {
      return try unsafe base64(UnsafeRawBufferPointer(rebasing: body[7...]))
    }
    if unsafe end == 64 && body.allSatisfy({ digit($0) != nil }) { return try unsafe hex(body) }
    // A short key is told apart from a text that is no key at all.
    if unsafe end < 64 && end % 2 == 0 && body.allSatisfy({ digit($0) != nil }) { throw KeyRefusal(code: .short) }
    let key = try unsafe base64(body)
    guard key.count == 32 || key.count == 64 else {
      throw KeyRefusal(code: key.count < 32 ? .short : .malformed)
    }
    return key
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    case 0x41...0x46: byte - 0x41 + 10
    default: nil
    }
  }

  private static func hex(_ text: UnsafeRawBufferPointer) throws(KeyRefusal) -> SecretBytes {
    guard text.count > 0 else { throw KeyRefusal(code: .empty) }
    guard unsafe text.count % 2 == 0 && text.allSatisfy({ digit($0) != nil }) else {
      throw KeyRefusal(code: .malformed)
    }
    return unsafe SecretBytes(count: text.count / 2) { memory in
      for index in 0..<(text.count / 2) {
        unsafe memory[index] = (digit(text[2 * index]) ?? 0) << 4 | (digit(text[2 * index + 1]) ?? 0)
      }
    }
  }

  /// RFC 4648 section 4, padded; left-over bits are zero, so a key has one spelling.
  private static func base64(_ text: UnsafeRawBufferPointer) throws(KeyRefusal) -> SecretBytes {
    func sextet(_ byte: UInt8) -> UInt32? {
      switch byte {
      case 0x41...0x5a: UInt32(byte) - 0x41
      case 0x61...0x7a: UInt32(byte) - 0x61 + 26
      case 0x30...0x39: UInt32(byte) - 0x30 + 52
      case 0x2b: 62
      case 0x2f: 63
      default: nil
      }
    }
    guard text.count > 0 else { throw KeyRefusal(code: .empty) }
    guard text.count % 4 == 0 else { throw KeyRefusal(code: .malformed) }
    let padding = unsafe text[text.count - 1] != 0x3d ? 0 : text[text.count - 2] != 0x3d ? 1 : 2
    var isValid = true
    let key = unsafe SecretBytes(count: text.count / 4 * 3 - padding) { memory in
      var (held, bits, written): (UInt32, UInt32, Int) = (0, 0, 0)
      for index in 0..<(text.count - padding) {
        guard let value = unsafe sextet(text[index]) else {
          isValid = false
          return
        }
        held = held << 6 | value
        bits += 6
        if bits >= 8 {
          bits -= 8
          unsafe memory[written] = UInt8(truncatingIfNeeded: held >> bits)
          written += 1
        }
      }
      if held & (1 << bits - 1) != 0 { isValid = false }
    }
    guard isValid else { throw KeyRefusal(code: .malformed) }
    return key
  }

  /// Everything that a descriptor gives, up to a limit.
  static func readAll(_ descriptor: Int32, limit: Int = sizeLimit) throws(KeyRefusal) -> SecretBytes {
    var (count, part) = (0, 0)
    let whole = unsafe SecretBytes(count: limit + 1) { memory in
      while count < memory.count {
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
        part = unsafe read(descriptor, room.baseAddress, room.count)
        if part < 0 && errno == EINTR { continue }
        if part <= 0 { break }
        count += part
      }
    }
    if part < 0 { throw KeyRefusal(code: .unreadable) }
    if count > limit { throw KeyRefusal(code: .malformed) }
    guard count > 0 else { throw KeyRefusal(code: .empty) }
    return unsafe whole.withBytes { bytes in
      unsafe SecretBytes(count: count) { memory in
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
    }
  }
}

/// A program that prints a key: a vault's or a cloud's own tool. Run without a shell.
enum KeyCommand {
  static func output(of arguments: [String]) throws(KeyRefusal) -> SecretBytes {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw KeyRefusal(code: .commandFailed) }
    let (reading, writing) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(reading) }
    let process = arguments.isEmpty ? nil : spawn(arguments, output: writing)
    close(writing)
    guard let process else { throw KeyRefusal(code: .commandFailed) }
    let result: Result<SecretBytes, KeyRefusal>
    do throws(KeyRefusal) { result = .success(try KeyText.readAll(reading)) } catch { result = .failure(error) }
    // A command that goes on printing must not block.
    if case .failure = result { kill(process, SIGKILL) }
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw KeyRefusal(code: .commandFailed) }
    return try result.get()
  }

  private static func spawn(_ arguments: [String], output: Int32) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    guard let program = unsafe words[0], unsafe posix_spawnp(&process, program, &actions, nil, words, environ) == 0
    else { return nil }
    return process
  }
}
