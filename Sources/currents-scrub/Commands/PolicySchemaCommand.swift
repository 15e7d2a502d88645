internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

extension PolicyCommand {
  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Print the JSON Schema of policies, for completion in editors.",
      discussion: """
        EXAMPLE
          currents-scrub policy schema > policy.schema.json
          sed -i '1i # yaml-language-server: $schema=policy.schema.json' gdpr.yml

        EXIT STATUS
          0   done
          64  the command line has a mistake
        """)

    func run() throws {
      if !writeAll(1, try PolicySchema.document.json()) { throw ExitCode(1) }
    }
  }
}
