internal import CZlib

/// Expands gzip (RFC 1952), member after member, by zlib, which checks each member's CRC and size.
@safe package final class GzipExpander: StreamExpander {
  private let stream: UnsafeMutablePointer<z_stream>
  package var allowsPadding: Bool { true }

  package init() throws(NativeError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe scrub_inflate_start(stream) == Z_OK else {
      unsafe stream.deallocate()
      throw NativeError(.prepare)
    }
  }

  package func expand(_ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer) -> StreamStep {
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: stored.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(min(stored.count, 1 << 30))
    unsafe stream.pointee.next_out = plain.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(min(plain.count, 1 << 30))
    let (offeredIn, offeredOut) = unsafe (stream.pointee.avail_in, stream.pointee.avail_out)
    let result = unsafe inflate(stream, Z_NO_FLUSH)
    var step = StreamStep()
    step.read = unsafe Int(offeredIn - stream.pointee.avail_in)
    step.written = unsafe Int(offeredOut - stream.pointee.avail_out)
    switch result {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      step.memberEnded = true
      if unsafe inflateReset(stream) != Z_OK { step.problem = NativeError(.expand) }
    default: step.problem = NativeError(.expand, code: Int(result))
    }
    return step
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }
}

/// Writes one gzip member with a fixed header: no name, no time, so that equal content is equal bytes.
@safe package final class GzipShrinker: StreamShrinker {
  private let stream: UnsafeMutablePointer<z_stream>
  private var crc: UInt = 0
  private var size: UInt32 = 0
  private var hasHeader = false

  /// Deflate, no flags, time 0, level not told, system unknown.
  private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]

  package init(level: Int32 = 6) throws(NativeError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe scrub_deflate_start(stream, level) == Z_OK else {
      unsafe stream.deallocate()
      throw NativeError(.prepare)
    }
  }

  package func shrink(
    _ plain: UnsafeRawBufferPointer, last: Bool, through room: UnsafeMutableRawBufferPointer,
    emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    if !hasHeader { unsafe Self.header.withUnsafeBytes(emit) }
    hasHeader = true
    var offset = 0
    repeat {
      let count = min(plain.count - offset, 1 << 30)
      let ends = last && offset + count == plain.count
      unsafe stream.pointee.next_in = UnsafeMutablePointer(
        mutating: plain.baseAddress?.advanced(by: offset).assumingMemoryBound(to: UInt8.self))
      unsafe stream.pointee.avail_in = UInt32(count)
      // Without bytes zlib would answer with the start value.
      if count > 0 { unsafe crc = crc32(crc, stream.pointee.next_in, UInt32(count)) }
      size &+= UInt32(truncatingIfNeeded: count)
      repeat {
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(room.count)
        let result = unsafe deflate(stream, ends ? Z_FINISH : Z_NO_FLUSH)
        guard result != Z_STREAM_ERROR else { return false }
        let written = unsafe room.count - Int(stream.pointee.avail_out)
        if written > 0 { unsafe emit(UnsafeRawBufferPointer(rebasing: room[..<written])) }
      } while unsafe stream.pointee.avail_out == 0
      offset += count
    } while offset < plain.count
    if last { unsafe trailer.withUnsafeBytes(emit) }
    return true
  }

  /// CRC-32 and size of the plain bytes, little-endian.
  private var trailer: [UInt8] {
    [UInt32(truncatingIfNeeded: crc), size].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }
}
