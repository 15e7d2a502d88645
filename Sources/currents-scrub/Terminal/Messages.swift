internal import ArgumentParser
internal import Glibc
internal import ScrubArchive
internal import ScrubLedger
internal import ScrubOperations
internal import ScrubPolicy

/// What the program says on standard error. Names of files come from outside, so control characters are shown.
struct Messages {
  let isQuiet: Bool

  func error(_ text: String, hint: String? = nil) {
    write("currents-scrub: \(text)\n" + (hint.map { "hint: \($0)\n" } ?? ""))
  }

  func note(_ text: String) { if !isQuiet { write("currents-scrub: \(text)\n") } }

  func write(_ text: String) { writeAll(2, text) }

  /// Tells that a signal stopped the run before it came to a result, and gives the exit code.
  func interrupted() -> any Error {
    error("the run was interrupted [\(FailureCode.interrupted.rawValue)]", hint: FailureCode.interrupted.hint)
    return ExitCode(130)
  }

  /// Tells why nothing was done, and gives the exit code.
  func refusal(_ refusal: ScrubRefusal) -> any Error {
    switch refusal {
    case .usage(let text):
      error("\(text) [\(refusal.code)]", hint: "see currents-scrub --help")
      return ExitCode(64)
    case .noPolicy(let name):
      error(
        "there is no policy \(visible(name)) [\(refusal.code)]",
        hint: PolicyText.suggestion(for: name).map { "did you mean \($0)?" } ?? "give a file, or builtin:gdpr")
      return ExitCode(3)
    case .unreadablePolicy(let name):
      error("\(visible(name)): the policy cannot be read as UTF-8 text [\(refusal.code)]", hint: "check the file")
      return ExitCode(3)
    case .policy(let diagnostics):
      for diagnostic in diagnostics { write(diagnostic.text + "\n") }
      let count = diagnostics.filter(\.refuses).count
      error("the policy is refused: \(count) finding\(count == 1 ? "" : "s"); nothing was read [\(refusal.code)]")
      return ExitCode(3)
    case .tests(let diagnostics):
      for diagnostic in diagnostics { write(diagnostic.text + "\n") }
      error("the tests are refused: \(counted(diagnostics.count, "finding")); none was run [\(refusal.code)]")
      return ExitCode(3)
    case .request(let diagnostics):
      for diagnostic in diagnostics { write(diagnostic.text + "\n") }
      error("a request is refused: \(counted(diagnostics.count, "finding")); nothing was read [\(refusal.code)]")
      return ExitCode(3)
    case .key(let key):
      error("\(visible(key.sentence)) [\(refusal.code)]", hint: key.hint)
      return ExitCode(key.exit)
    case .keyring(let diagnostics):
      for diagnostic in diagnostics { write(diagnostic.text + "\n") }
      error("the keyring is refused: \(counted(diagnostics.count, "finding")) [\(refusal.code)]")
      return ExitCode(3)
    case .configuration(let diagnostics):
      for diagnostic in diagnostics { write(diagnostic.text + "\n") }
      error("the configuration is refused: \(counted(diagnostics.count, "finding")); nothing was read [\(refusal.code)]")
      return ExitCode(3)
    case .controller(let diagnostics):
      for diagnostic in diagnostics { write(diagnostic.text + "\n") }
      error("the controller's texts are refused: \(counted(diagnostics.count, "finding")) [\(refusal.code)]")
      return ExitCode(3)
    case .output(_, let path, let message, let hint, let exit):
      error("\(visible(path)): \(message) [\(refusal.code)]", hint: hint)
      return ExitCode(exit)
    case .state(let folder):
      error("\(visible(folder)): the state folder cannot be written [\(refusal.code)]", hint: "give --state DIR")
      return ExitCode(1)
    case .noInput(let input):
      if ObjectAddress(input) == nil, unsafe access(input, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR) {
        error("\(visible(input)): there is no such file or folder [\(refusal.code)]", hint: "check the path")
        return ExitCode(1)
      }
      error("\(visible(input)): there is no file that can be read [\(refusal.code)]", hint: "check the path and the permissions")
      return ExitCode(1)
    case .file(let failure):
      return self.failure(failure)
    case .additions(let refused):
      for file in refused { findings(file.findings, in: file.file) }
      let count = refused.reduce(0) { $0 + $1.findings.count }
      error("a catalog addition is refused: \(counted(count, "mistake")) [\(refusal.code)]")
      return ExitCode(3)
    case .ledger(let problem, let path):
      error("\(visible(path)): \(problem.message) [\(refusal.code)]", hint: problem.hint)
      return ExitCode(problem.isRefusal ? 3 : 1)
    }
  }

  /// Does what may be refused; a refusal is told, and ends the program.
  func refusing<Result>(_ body: () throws(ScrubRefusal) -> Result) throws -> Result {
    do throws(ScrubRefusal) { return try body() } catch { throw refusal(error) }
  }

  /// Tells what is wrong with a file that the caller names, and gives the exit code.
  func failure(_ failure: Failure) -> any Error {
    let place = failure.place.isEmpty ? "" : ", \(visible(failure.place))"
    error("\(shown(failure.path))\(place): \(failure.code.message) [\(failure.code.rawValue)]", hint: failure.code.hint)
    return ExitCode(1)
  }
}

/// Writes all of a text, or gives up quietly when nobody reads.
@discardableResult
func writeAll(_ descriptor: Int32, _ text: String) -> Bool {
  let bytes = Array(text.utf8)
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { bytes in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
      return unsafe write(descriptor, rest.baseAddress, rest.count)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else {
      // Whoever reads no more knows; a disk that is full has to be told of.
      if descriptor == 1 && errno != EPIPE {
        let code: FailureCode = errno == ENOSPC ? .noSpace : .unwritable
        writeAll(2, "currents-scrub: standard output: \(code.message) [\(code.rawValue)]\nhint: \(code.hint)\n")
      }
      return false
    }
    written += count
  }
  return true
}

/// How a file that the caller names is called.
func shown(_ name: String) -> String { name == "-" ? "standard input" : visible(name) }

/// Marks and controls of direction, which show a text otherwise than it is, and ends of lines.
private let turnsText: Set<UInt32> = [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]

/// A text from outside, with control characters as escapes.
func visible(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || turnsText.contains(scalar.value) {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}
