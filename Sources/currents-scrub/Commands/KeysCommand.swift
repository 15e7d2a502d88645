internal import ArgumentParser
internal import ScrubNative
internal import ScrubOperations
internal import ScrubPolicy

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Make a key, or check one.",
    discussion: """
      EXAMPLE
        currents-scrub keys new secret/currents.key
      """,
    subcommands: [New.self, Check.self])

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key of 32 random bytes in a new file that only its owner can read.",
      discussion: """
        EXAMPLE
          currents-scrub keys new secret/currents.key
        """)

    @Argument(help: "The file; it must not exist.")
    var file: String

    @Option(help: "The id under which policies will name it.")
    var id = "k1"

    @OptionGroup var common: CommonOptions

    func validate() throws {
      let isAllowed = id.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) }
      if !isAllowed || !(1...16).contains(id.utf8.count) {
        throw ValidationError("--id is 1 to 16 lower-case letters and digits")
      }
    }

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let key: SecretBytes
      do { key = try SecretBytes.random(count: 32) } catch {
        messages.error("OpenSSL has no random bytes [key.library-failed]")
        throw ExitCode(1)
      }
      do { try KeyFile.write(key, to: file) } catch {
        messages.error(
          "\(visible(file)): the file exists, or cannot be written [key.unwritable]", hint: "choose another name")
        throw ExitCode(1)
      }
      try KeysCommand.show(try MasterKey(key, id: id, audience: nil).checkValue(), id: id, json: common.json)
      messages.note("wrote \(visible(file)); in a policy: key: { file: \(visible(file)), id: \(id) }")
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check that a policy's key can be used, and show its check value.",
      discussion: """
        EXAMPLE
          currents-scrub keys check --policy gdpr.yml
        """)

    @OptionGroup var policy: PolicyOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let prepared = try policy.prepare(inputs: [], messages: messages)
      guard let key = prepared.key, let check = prepared.keyCheck else {
        messages.error("the policy names no key [key.missing]", hint: "it makes no pseudonyms, so it needs none")
        throw ExitCode(3)
      }
      try KeysCommand.show(check, id: key.keyID, json: common.json)
    }
  }

  private static func show(_ check: String, id: String, json: Bool) throws {
    let text =
      json ? "{\"schema\":\"currents-scrub/key/1\",\"id\":\"\(id)\",\"check\":\"\(check)\"}\n" : "\(id):\(check)\n"
    if !writeAll(1, text) { throw ExitCode(1) }
  }
}
