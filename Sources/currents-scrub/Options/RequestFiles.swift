internal import ArgumentParser

/// Files of requests that one value of an option names.
///
/// A command line may name thousands, each with an option of its own, and its parser takes time by the square of their
/// number: so it is given them in one value, with zeros between them, which no argument of a process can hold.
struct RequestFiles {
  let names: [String]

  /// - Throws: for a name that is none of this machine.
  init(argument: String) throws {
    names = try argument.split(separator: "\0", omittingEmptySubsequences: false).map { try localPath(String($0)) }
  }

  /// A command line whose files of requests stand in one value; another one stays as it is.
  static func gathered(in arguments: [String]) -> [String] {
    guard ["export", "erase"].contains(arguments.first) || arguments.starts(with: ["requests", "add"]) else { return arguments }
    var gathered: [String] = []
    var place: Int?
    var index = 0
    while index < arguments.count && arguments[index] != "--" {
      // What looks like an option is none's value, and is told of as a mistake.
      let value = index + 1 < arguments.count ? arguments[index + 1] : "-?"
      guard arguments[index] == "--request", !value.hasPrefix("-") || value == "-" else {
        gathered.append(arguments[index])
        index += 1
        continue
      }
      if let place {
        gathered[place] += "\0" + value
      } else {
        gathered += ["--request", value]
        place = gathered.count - 1
      }
      index += 2
    }
    return gathered + arguments[index...]
  }
}
