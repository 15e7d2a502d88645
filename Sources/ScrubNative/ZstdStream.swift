internal import CZstd

/// Expands zstd (RFC 8878), frame after frame; skippable frames hold nothing.
@safe package final class ZstdExpander: StreamExpander {
  private let stream: OpaquePointer
  /// Bytes that the library would take next: a block and the header of the one behind it, or the rest of a header.
  private var wanted = ZstdExpander.firstStep
  private var isAtStart = true
  package var allowsPadding: Bool { false }

  /// The shortest header of a frame (RFC 8878, section 3.1.1) tells how many bytes follow.
  private static let firstStep = 5
  private static let blockHeaderSize = 3

  /// - Parameter windowLimit: bytes; the next lower power of two counts, and never less than the 8 MiB that every
  ///   decoder is recommended to support (RFC 8878, section 3.1.1.1.2).
  package init(windowLimit: Int) throws(NativeError) {
    guard let stream = unsafe ZSTD_createDCtx() else { throw NativeError(.prepare) }
    unsafe self.stream = stream
    let exponent = max(23, min(31, Int.bitWidth - 1 - max(windowLimit, 1).leadingZeroBitCount))
    guard unsafe ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Int32(exponent))) == 0 else {
      throw NativeError(.prepare)
    }
  }

  package func expand(_ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer) -> StreamStep {
    var step = StreamStep()
    if isAtStart, let first = unsafe stored.first {
      guard startsZstdFrame(first) else {
        step.problem = NativeError(.expand)
        return step
      }
      isAtStart = false
    }
    // What a failing call wrote is lost, so what a block holds is written before the header behind it is read.
    let count = min(stored.count, max(1, wanted - Self.blockHeaderSize))
    var input = unsafe ZSTD_inBuffer(src: stored.baseAddress, size: count, pos: 0)
    var output = unsafe ZSTD_outBuffer(dst: plain.baseAddress, size: plain.count, pos: 0)
    let rest = unsafe ZSTD_decompressStream(stream, &output, &input)
    if ZSTD_isError(rest) != 0 {
      let isWindow = ZSTD_getErrorCode(rest) == ZSTD_error_frameParameter_windowTooLarge
      step.problem = NativeError(isWindow ? .window : .expand, code: zstdCode(rest))
    } else {
      (step.read, step.written, step.memberEnded) = unsafe (input.pos, output.pos, rest == 0)
      wanted = rest == 0 ? Self.firstStep : rest
      if rest == 0 { isAtStart = true }
    }
    return step
  }

  deinit { unsafe ZSTD_freeDCtx(stream) }
}

/// Writes one zstd frame with a checksum behind it. The size of the whole is not known beforehand and not told.
@safe package final class ZstdShrinker: StreamShrinker {
  private let stream: OpaquePointer

  package init() throws(NativeError) {
    guard let stream = unsafe makeZstdCompressor() else { throw NativeError(.prepare) }
    unsafe self.stream = stream
  }

  package func shrink(
    _ plain: UnsafeRawBufferPointer, last: Bool, through room: UnsafeMutableRawBufferPointer,
    emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    var input = unsafe ZSTD_inBuffer(src: plain.baseAddress, size: plain.count, pos: 0)
    guard unsafe run(&input, ZSTD_e_continue, room, emit) else { return false }
    // The end comes without bytes of its own: given with the only ones, it would make another kind of frame.
    return last ? unsafe run(&input, ZSTD_e_end, room, emit) : true
  }

  /// Goes on until all input is taken, and at the end until all output is handed out.
  private func run(
    _ input: inout ZSTD_inBuffer, _ directive: ZSTD_EndDirective, _ room: UnsafeMutableRawBufferPointer,
    _ emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    while true {
      var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
      let rest = unsafe ZSTD_compressStream2(stream, &output, &input, directive)
      guard ZSTD_isError(rest) == 0 else { return false }
      let written = unsafe output.pos
      if written > 0 { unsafe emit(UnsafeRawBufferPointer(rebasing: room[..<written])) }
      if directive == ZSTD_e_end ? rest == 0 : unsafe input.pos == input.size { return true }
    }
  }

  deinit { unsafe ZSTD_freeCCtx(stream) }
}
