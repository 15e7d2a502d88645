internal import ArgumentParser
internal import ScrubArchive
internal import ScrubOperations
internal import ScrubPolicy

extension PolicyCommand {
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Prove that every personal field of every event in every destination is treated.",
      discussion: """
        Every event type, destination and field of the catalog is decided, without a key and without data. With \
        archives, so is every schema that is really in them.

        EXAMPLE
          currents-scrub policy check gdpr.yml
          currents-scrub policy check gdpr.yml archive/ --html matrix.html

        EXIT STATUS
          0   covered
          1   failed, nothing half-written
          2   covered, but files of the archive could not be read
          3   refused
          64  the command line has a mistake
          130 interrupted
        """)

    @OptionGroup var given: PolicyArgument

    @Argument(help: "Files and folders of archives.")
    var archive: [String] = []

    @OptionGroup var place: DestinationOption

    @Option(help: "Write the whole matrix as one page to this file.", transform: localPath)
    var html: String?

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let messages = Messages(isQuiet: common.quiet)
      try messages.refusePage(html, inside: archive)
      let report = try await report(messages)
      for finding in report.findings where finding.refuses || !common.quiet { messages.write(finding.text + "\n") }
      if let html {
        do { try CheckPage.write(report, to: html) } catch let failure as Failure { throw messages.failure(failure) }
      }
      let text =
        common.json ? try report.json() : CheckText(report, page: html, isColoured: Environment.isColoured(1)).text
      if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
      if report.exit != 0 { throw ExitCode(Int32(report.exit)) }
    }

    private func report(_ messages: Messages) async throws -> CheckReport {
      let text: PolicyText
      do throws(ScrubRefusal) { text = try given.text(messages) } catch { throw messages.refusal(error) }
      let checked: CheckedPolicy
      do throws(ScrubRefusal) { checked = try CheckedPolicy(text, additions: given.additions.additions) } catch {
        // A policy that cannot be read as one still has a report: what is wrong with it.
        if case .policy(let findings) = error { return CheckReport(refused: findings, of: text) }
        throw messages.refusal(error)
      }
      guard !archive.isEmpty else { return PolicyCheck(checked, destination: place.value).report() }
      var options = reading.inspection(of: archive)
      options.destination = place.value
      let found = try await Watched.inspect(checked.catalog, options, messages)
      messages.problems(found.inspection)
      return PolicyCheck(checked, destination: place.value, found: found).report()
    }
  }
}
