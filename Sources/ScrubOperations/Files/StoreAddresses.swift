internal import ScrubArchive

extension Listing {
  /// A path or address that cannot be read at all is a mistake, and so is one without a single file.
  func check(_ input: String) throws(ScrubRefusal) {
    let address = ObjectAddress(input)
    // `s3://bucket/` is told as `s3://bucket`.
    let place = address?.text ?? input
    guard files.isEmpty && ignored == 0 && failures.allSatisfy({ $0.path == place }) else { return }
    if let failure = failures.first, address != nil { throw .file(failure) }
    throw .noInput(input)
  }
}

/// Where the caller may name object stores, and where not.
package enum StoreAddresses {
  /// Inputs may be paths, or addresses of stores that are read.
  ///
  /// - Throws: `ScrubRefusal.usage` for any other address.
  package static func checkInputs(_ inputs: [String]) throws(ScrubRefusal) {
    for input in inputs {
      guard let scheme = ObjectAddress.scheme(of: input) else { continue }
      guard let service = ObjectAddress.Service(rawValue: scheme) else {
        let known = ObjectAddress.Service.allCases.map { "\($0.rawValue)://" }.joined(separator: ", ")
        throw .usage("\(input): stores of \(scheme):// are not read; these are: \(known)")
      }
      guard let address = ObjectAddress(input) else { throw .usage("\(input): a bucket is missing: \(service.form)") }
      guard (address.account + address.bucket).utf8.allSatisfy(\.isBucketByte) else { throw .usage("\(input): that is no name of a bucket") }
      let parts = pathParts(address.key)
      guard parts.dropLast().allSatisfy({ !$0.isEmpty }), parts.allSatisfy({ $0 != "." && $0 != ".." }) else {
        throw .usage("\(input): a part of the prefix is empty, or it is . or ..")
      }
    }
  }

  /// A file that is listed twice would be counted or written twice.
  static func refuseOverlaps(_ inputs: [String]) throws(ScrubRefusal) {
    let paths = inputs.map(realPath)
    for (number, path) in paths.enumerated() {
      for (other, folder) in paths.enumerated() where other != number && isInside(path, folder) {
        throw .usage(path == folder ? "\(inputs[number]) is given twice" : "\(inputs[number]) lies in \(inputs[other]), which is given too")
      }
    }
  }

  /// Whether an input is one file or object, not a folder or prefix.
  static func isFile(_ input: String) throws(ScrubRefusal) -> Bool {
    do throws(Failure) { return try FileIdentity.now(at: input) != nil } catch { throw .file(error) }
  }

  /// Whether a text is no path, but the address of something elsewhere.
  package static func isAddress(_ text: String) -> Bool { ObjectAddress.scheme(of: text) != nil }
}

extension UInt8 {
  /// Whether it may stand in the name of a bucket, which becomes a part of a host.
  fileprivate var isBucketByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
