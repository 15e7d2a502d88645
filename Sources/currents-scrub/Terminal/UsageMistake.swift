internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// What is wrong with a command line, told as every other error is.
struct UsageMistake {
  let message: String
  let hint: String

  /// A word in the place of a command that is none; nothing where there is no such word.
  ///
  /// The parser takes it for an argument of the default command.
  ///
  /// - Parameter arguments: the command line without the program's name.
  init?(inCommandOf arguments: [String]) {
    guard case .none(let message, let hint) = Self.command(of: arguments) else { return nil }
    (self.message, self.hint) = (message, hint)
  }

  /// An option that its command does not have; nothing where there is none. Of a command line that the parser refused: it
  /// complains first of what is missing.
  init?(inOptionsOf arguments: [String]) {
    guard case .found(let command, let path, let words) = Self.command(of: arguments),
      let fault = Self.unknownOption(in: words, of: command, path)
    else { return nil }
    (message, hint) = fault
  }

  /// An option that decides what becomes of data, and where, and is given twice: the parser would take the last one, and say
  /// nothing.
  init?(givenTwiceIn arguments: [String]) {
    let single = ["--policy": "--policy", "-p": "--policy", "-o": "-o", "--output": "-o"]
    var seen: Set<String> = []
    for word in arguments.prefix(while: { $0 != "--" }) {
      guard let name = single[String(word.prefix { $0 != "=" })], !seen.insert(name).inserted else { continue }
      (message, hint) = ("\(name) is given twice", "decide for one")
      return
    }
    return nil
  }

  private enum Command {
    case found(any ParsableCommand.Type, path: String, words: ArraySlice<String>)
    case none(message: String, hint: String)
  }

  private static func command(of arguments: [String]) -> Command {
    let isHelp = arguments.first == "help"
    var command: any ParsableCommand.Type = CurrentsScrub.self
    var path = ""
    var words = isHelp ? arguments.dropFirst() : arguments[...]
    while let word = words.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
      let others = command.configuration.subcommands
      if let next = others.first(where: { $0._commandName == word }) {
        command = next
        path += path.isEmpty ? word : " " + word
        words.removeFirst()
        continue
      }
      let names = others.map { $0._commandName }
      let close = nearest(word, in: names)
      // What resembles no command is an argument where there is a default command to take it.
      if close == nil && command.configuration.defaultSubcommand != nil && !isHelp { break }
      return .none(
        message: path.isEmpty ? "there is no command `\(visible(word))`" : "`\(path)` has no command `\(visible(word))`",
        hint: close.map { "did you mean `\(path.isEmpty ? "" : path + " ")\($0)`?" } ?? "it has \(names.joined(separator: ", "))")
    }
    return .found(command, path: path, words: isHelp ? [] : words)
  }

  private static func unknownOption(
    in words: ArraySlice<String>, of command: any ParsableCommand.Type, _ path: String
  ) -> (message: String, hint: String)? {
    let known = Set(
      [command, command.configuration.defaultSubcommand].compactMap { $0 }.flatMap { command in
        command.helpMessage().matches(of: /--[a-z][a-z-]*/).map { String($0.output) } + ["--version"]
      })
    for word in words.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
      let name = String(word.prefix { $0 != "=" })
      if known.contains(name) || Self.ofTheParser.contains(name) { continue }
      let close = nearest(name, in: known.sorted())
      return (
        "unknown option \(visible(name))",
        close.map { "did you mean \($0)?" } ?? "see currents-scrub \(path.isEmpty ? "" : path + " ")--help"
      )
    }
    return nil
  }

  /// What the parser understands everywhere, and help does not show.
  private static let ofTheParser = ["--generate-completion-script", "--experimental-dump-help", "--help-hidden"]

  /// What the parser says of a command line.
  init(_ error: any Error) {
    let told = visible(CurrentsScrub.message(for: error).split(separator: "\n").first.map(String.init) ?? "")
    message = Self.withoutValues(told.prefix(1).lowercased() + told.dropFirst())
    let whole = CurrentsScrub.fullMessage(for: error, columns: 1000)
    let command = whole.firstMatch(of: /See '([a-z -]+) --help'/).map { String($0.output.1) } ?? "currents-scrub"
    let meaning = whole.firstMatch(of: /\nHelp:  (.+)\n/).map { String($0.output.1) + " - " } ?? ""
    hint = "\(meaning)see \(command) --help"
  }

  /// What was given in the wrong place may be somebody's address, and is not shown.
  private static func withoutValues(_ text: String) -> String {
    if text.contains("unexpected argument") { return "an argument too many" }
    return text.replacing(/'([^']*)'/) { KeptText.fault(in: String($0.output.1), "value") == nil ? String($0.output.0) : "that was given" }
  }

  func tell() { Messages(isQuiet: false).error("\(message) [usage]", hint: hint) }
}
