internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// Which policy, and from where.
struct PolicyOptions: ParsableArguments {
  @Option(name: [.customShort("p"), .long], help: "A policy file, or the name of a built-in one (gdpr, gdpr-strict).")
  var policy: String

  @Flag(help: "Built-in policies only by their full name, builtin:NAME.")
  var noBuiltin = false

  /// Reads, checks and keys the policy; every refusal is told and ends the program.
  func prepare(inputs: [String], messages: Messages) throws -> PreparedPolicy {
    let text: PolicyText
    do throws(PolicyText.Problem) {
      text = try PolicyText.find(policy, allowBuiltIn: !noBuiltin)
    } catch {
      switch error {
      case .notFound(let name):
        messages.error("there is no policy \(name) [policy.not-found]", hint: "give a file, or builtin:gdpr")
      case .unreadable(let name):
        messages.error("\(name): the policy cannot be read as UTF-8 text [policy.unreadable]", hint: "check the file")
      }
      throw ExitCode(3)
    }
    if text.source.hasPrefix("builtin:") && !policy.hasPrefix("builtin:") {
      messages.note("using the built-in policy \(text.source)")
    }
    do throws(ScrubRefusal) {
      return try PreparedPolicy(text, inputs: inputs)
    } catch {
      throw messages.refusal(error)
    }
  }
}

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false

  @Flag(help: "One JSON document on standard output.")
  var json = false

  @Option(help: "The state folder (default: $XDG_STATE_HOME/currents-scrub).")
  var state: String?
}
