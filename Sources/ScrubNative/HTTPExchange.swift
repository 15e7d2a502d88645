internal import CLinux
internal import Glibc
internal import Synchronization

/// Exchanges over HTTP by libcurl, which is loaded when the first is made: only object stores ask for it.
///
/// Connections are kept and used again. Redirects are not followed, for they would take credentials along; certificates
/// are always checked.
package enum HTTPExchange {
  package struct Request: Sendable {
    package var method = "GET"
    package var url = ""
    /// Names and values, as they are sent.
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// A file whose bytes are the body, from the first on; it is not closed.
    package var file: (descriptor: Int32, size: Int)?
    /// How many bytes of the answer's body are taken; more of them are a failure.
    package var limit = 1 << 20
    /// Seconds for the whole exchange; nothing where it may take as long as bytes come.
    package var timeout: Int?
    /// Whether it goes to its host itself, whatever proxy the environment names.
    package var isDirect = false
    /// A file of certificates that are trusted, in place of the system's.
    package var trusted: String?

    package init() {}
  }

  package struct Response: Sendable {
    package var status = 0
    /// By their names in lower case; of several with one name the last.
    package var headers: [String: String] = [:]
    package var body: [UInt8] = []

    package init() {}
  }

  package enum Problem: Error, Hashable, Sendable {
    /// The library is not there.
    case noLibrary
    /// The other side's certificate is not trusted, or is another's.
    case untrusted
    /// A header holds a sign that none may hold.
    case badHeader
    /// The answer is larger than was asked for.
    case tooLarge
    /// No whole answer came; with the library's number.
    case broken(code: Int)
  }

  /// Sends a request and waits for the answer; one of any status is an answer.
  package static func send(_ request: Request) throws(Problem) -> Response {
    guard let library = CurlLibrary.shared else { throw .noLibrary }
    // A line's end would begin a header that nobody meant.
    let isPlain = request.headers.allSatisfy { header in header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } }
    guard isPlain else { throw .badHeader }
    let handle = idle.withLock { $0.popLast() } ?? library.newHandle()
    guard handle != 0 else { throw .noLibrary }
    let exchange = Exchange(request)
    let code = CurlTransfer(library, handle).perform(request, exchange)
    // The connection stays with the handle, for whoever takes it next.
    library.reset(handle)
    idle.withLock { $0.append(handle) }
    if code == 0 { return exchange.response }
    if exchange.isTooLarge { throw .tooLarge }
    throw CurlCode.untrusted.contains(code) ? .untrusted : .broken(code: Int(code))
  }

  /// Handles that nobody uses at the moment.
  private static let idle = Mutex<[UInt]>([])
}

/// What comes in of one answer.
private final class Exchange {
  private let limit: Int
  /// The file that is sent, and how much of it was.
  private let descriptor: Int32
  private var sent = 0
  var response = HTTPExchange.Response()
  private(set) var isTooLarge = false

  init(_ request: HTTPExchange.Request) {
    limit = request.limit
    descriptor = request.file?.descriptor ?? -1
  }

  /// Reads what is sent next; nothing where it cannot be read.
  func give(_ room: UnsafeMutableRawBufferPointer) -> Int? {
    while true {
      let count = unsafe pread(descriptor, room.baseAddress, room.count, sent)
      if count < 0 && errno == EINTR { continue }
      sent += max(count, 0)
      return count < 0 ? nil : count
    }
  }

  func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard response.body.count + bytes.count <= limit else {
      isTooLarge = true
      return false
    }
    if response.body.isEmpty, let size = response.headers["content-length"].flatMap({ Int($0) }) {
      response.body.reserveCapacity(min(size, limit))
    }
    unsafe response.body.append(contentsOf: bytes)
    return true
  }

  /// A line of the head; one that begins another answer, as behind an interim one, forgets the earlier.
  func note(_ line: UnsafeRawBufferPointer) {
    let text = unsafe String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") { return response.headers.removeAll() }
    guard let colon = text.firstIndex(of: ":") else { return }
    let value = text[text.index(after: colon)...].drop(while: \.isWhitespace)
    let end = value.lastIndex { !$0.isWhitespace }
    response.headers[text[..<colon].lowercased()] = end.map { String(value[...$0]) } ?? ""
  }
}

/// One transfer by a handle that nobody else uses.
private struct CurlTransfer {
  private let library: CurlLibrary
  private let handle: UInt

  init(_ library: CurlLibrary, _ handle: UInt) {
    self.library = library
    self.handle = handle
  }

  /// - Returns: the library's number, 0 for a whole answer.
  func perform(_ request: HTTPExchange.Request, _ exchange: Exchange) -> Int32 {
    var list: UInt = 0
    defer { library.freeList(list) }
    for (name, value) in request.headers {
      // A header without a value is said so: `name;`.
      list = unsafe library.append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    // Neither is wanted: the one costs a round trip, the other is not true.
    for header in ["Expect:", "Accept:"] { list = unsafe library.append(list, header) }
    set(.httpHeader, list)
    set(request)
    // Without bytes to look at the library would read them from standard input.
    let body = request.body.isEmpty ? [0] : request.body
    return withExtendedLifetime(exchange) {
      unsafe body.withUnsafeBytes { bytes in
        if let file = request.file {
          library.setLong(handle, .upload, 1)
          library.setSize(handle, .fileSize, Int64(file.size))
          unsafe library.setSink(handle, .readFunction, giveBody)
          unsafe library.setPointer(handle, .readData, Unmanaged.passUnretained(exchange).toOpaque())
        } else if !["GET", "HEAD"].contains(request.method) {
          unsafe library.setPointer(handle, .postFields, bytes.baseAddress)
          library.setSize(handle, .postFieldSize, Int64(request.body.count))
        }
        set(.customRequest, request.method)
        unsafe library.setSink(handle, .writeFunction, takeBody)
        unsafe library.setPointer(handle, .writeData, Unmanaged.passUnretained(exchange).toOpaque())
        unsafe library.setSink(handle, .headerFunction, takeHeader)
        unsafe library.setPointer(handle, .headerData, Unmanaged.passUnretained(exchange).toOpaque())
        let code = library.perform(handle)
        exchange.response.status = library.status(handle)
        return code
      }
    }
  }

  private func set(_ request: HTTPExchange.Request) {
    set(.url, request.url)
    set(.userAgent, "currents-scrub")
    // No signals: other threads are at work. HTTP and HTTPS only. Paths as they are: keys may hold `..`.
    for (option, value) in [(CurlOption.noSignal, 1), (.protocols, 3), (.pathAsIs, 1), (.connectTimeout, 10)] {
      library.setLong(handle, option, value)
    }
    // Slower than a kilobyte a second for so many seconds is broken.
    library.setLong(handle, .lowSpeedLimit, 1024)
    library.setLong(handle, .lowSpeedTime, 20)
    if request.method == "HEAD" { library.setLong(handle, .noBody, 1) }
    if request.isDirect { set(.noProxy, "*") }
    if let timeout = request.timeout { library.setLong(handle, .timeout, timeout) }
    if let trusted = request.trusted { set(.certificates, trusted) }
  }

  private func set(_ option: CurlOption, _ text: String) {
    // The library copies texts.
    unsafe text.withCString { unsafe library.setPointer(handle, option, $0) }
  }

  private func set(_ option: CurlOption, _ list: UInt) {
    unsafe library.setPointer(handle, option, UnsafeRawPointer(bitPattern: list))
  }
}

private func takeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ data: UnsafeMutableRawPointer?
) -> Int {
  guard let exchange = unsafe exchange(data) else { return 0 }
  let all = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  return unsafe exchange.take(all) ? all.count : 0
}

private func giveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ data: UnsafeMutableRawPointer?
) -> Int {
  let room = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
  // What the library takes for a wish to end the transfer.
  return unsafe exchange(data)?.give(room) ?? 0x1000_0000
}

private func takeHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ data: UnsafeMutableRawPointer?
) -> Int {
  let all = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
  unsafe exchange(data)?.note(all)
  return all.count
}

private func exchange(_ data: UnsafeMutableRawPointer?) -> Exchange? {
  unsafe data.map { unsafe Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}

/// The options of `curl.h` that are set.
private enum CurlOption: Int32 {
  case timeout = 13
  case lowSpeedLimit = 19
  case lowSpeedTime = 20
  case noBody = 44
  case upload = 46
  case connectTimeout = 78
  case noSignal = 99
  case protocols = 181
  case pathAsIs = 234
  case writeData = 10001
  case readData = 10009
  case url = 10002
  case postFields = 10015
  case userAgent = 10018
  case httpHeader = 10023
  case headerData = 10029
  case customRequest = 10036
  case certificates = 10065
  case noProxy = 10177
  case writeFunction = 20011
  case readFunction = 20012
  case headerFunction = 20079
  case fileSize = 30115
  case postFieldSize = 30120
}

private enum CurlCode {
  /// Of TLS: no certificate that is trusted, another's, a file of certificates that cannot be read.
  static let untrusted: Set<Int32> = [51, 58, 60, 77, 83, 90, 91]
}

/// The calls of libcurl (version 7, `curl.h`) that are made. Handles and lists are addresses, which only the library
/// looks behind.
@safe private final class CurlLibrary: Sendable {
  /// Nothing where the library is not installed.
  static let shared = CurlLibrary()

  let newHandle: @convention(c) () -> UInt
  let reset: @convention(c) (UInt) -> Void
  let perform: @convention(c) (UInt) -> Int32
  let append: @convention(c) (UInt, UnsafePointer<CChar>) -> UInt
  let freeList: @convention(c) (UInt) -> Void
  /// Functions that take any number of arguments, by their addresses.
  private let setOption: UInt
  private let getInfo: UInt

  private init?() {
    // Never closed: the calls are made as long as the program runs. The library takes its own OpenSSL, not this program's.
    guard let handle = unsafe dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND) else { return nil }
    func call<Signature>(_ name: String, as type: Signature.Type) -> Signature? {
      guard let symbol = unsafe dlsym(handle, name) else { return nil }
      // The signatures are those of the header, which has not changed them since version 7.
      return unsafe unsafeBitCast(symbol, to: type)
    }
    guard let start = call("curl_global_init", as: (@convention(c) (Int) -> Int32).self), start(3) == 0,
      let newHandle = call("curl_easy_init", as: (@convention(c) () -> UInt).self),
      let reset = call("curl_easy_reset", as: (@convention(c) (UInt) -> Void).self),
      let perform = call("curl_easy_perform", as: (@convention(c) (UInt) -> Int32).self),
      let append = unsafe call(
        "curl_slist_append", as: (@convention(c) (UInt, UnsafePointer<CChar>) -> UInt).self),
      let freeList = call("curl_slist_free_all", as: (@convention(c) (UInt) -> Void).self),
      let setOption = unsafe dlsym(handle, "curl_easy_setopt"), let getInfo = unsafe dlsym(handle, "curl_easy_getinfo")
    else { return nil }
    (self.newHandle, self.reset, self.perform) = (newHandle, reset, perform)
    unsafe (self.append, self.freeList) = unsafe (append, freeList)
    self.setOption = UInt(bitPattern: setOption)
    self.getInfo = UInt(bitPattern: getInfo)
  }

  func setLong(_ handle: UInt, _ option: CurlOption, _ value: Int) {
    unsafe _ = scrub_curl_set_long(
      UnsafeMutableRawPointer(bitPattern: setOption), UnsafeMutableRawPointer(bitPattern: handle), option.rawValue, value)
  }

  func setSize(_ handle: UInt, _ option: CurlOption, _ value: Int64) {
    unsafe _ = scrub_curl_set_size(
      UnsafeMutableRawPointer(bitPattern: setOption), UnsafeMutableRawPointer(bitPattern: handle), option.rawValue, value)
  }

  func setPointer(_ handle: UInt, _ option: CurlOption, _ value: UnsafeRawPointer?) {
    unsafe _ = scrub_curl_set_pointer(
      UnsafeMutableRawPointer(bitPattern: setOption), UnsafeMutableRawPointer(bitPattern: handle), option.rawValue, value)
  }

  func setSink(_ handle: UInt, _ option: CurlOption, _ value: scrub_curl_sink) {
    unsafe _ = scrub_curl_set_sink(
      UnsafeMutableRawPointer(bitPattern: setOption), UnsafeMutableRawPointer(bitPattern: handle), option.rawValue, value)
  }

  /// The status of the last answer.
  func status(_ handle: UInt) -> Int {
    var status = 0
    unsafe _ = scrub_curl_get_long(
      UnsafeMutableRawPointer(bitPattern: getInfo), UnsafeMutableRawPointer(bitPattern: handle), 0x20_0002, &status)
    return status
  }
}
