internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

extension PolicyCommand {
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain", abstract: "Tell for an event type, a field or one event: which mark, which rule, why not the others.",
      discussion: """
        A FIELD alone is told for every event type that has it; those that decide alike stand together. Without \
        EVENT, or with -, one JSON event is read from standard input and told value by value. Examples are made with a \
        demonstration key, so your own pseudonyms differ.

        EXAMPLE
          currents-scrub policy explain gdpr email_address
          currents-scrub policy explain gdpr users.messages.email.Open email_address
          currents-scrub policy explain gdpr - --event-type \\
            users.messages.sms.Send < event.json

        EXIT STATUS
          0   done
          3   the policy cannot be read as one
          64  the command line has a mistake
        """)

    @OptionGroup var given: PolicyArgument

    @Argument(help: "An event type; - for an event on standard input; or a field, for all event types.")
    var event: String = "-"

    @Argument(help: "The canonical name of a field, or its path in a destination.")
    var field: String?

    @Option(name: .customLong("event-type"), help: "The type of the event on standard input, where it does not tell.")
    var eventType: String?

    @OptionGroup var place: DestinationOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
      if event == "-" && Environment.isTerminal(0) { throw ValidationError("name an EVENT, or pipe one to standard input") }
      if event == "-" && field != nil { throw ValidationError("FIELD goes with an EVENT") }
      if event != "-" && eventType != nil { throw ValidationError("--event-type goes with an event on standard input") }
    }

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let checked: CheckedPolicy
      do throws(ScrubRefusal) {
        checked = try CheckedPolicy(try given.text(messages), additions: given.additions.additions)
      } catch {
        throw messages.refusal(error)
      }
      // What a policy says can be told even where the check refuses it.
      for finding in checked.findings { messages.note(finding.text) }
      let explanation = try event == "-" ? ofInput(checked, messages) : ofType(checked, messages)
      let text =
        common.json
        ? try explanation.json()
        : ExplanationText(explanation, isWhole: field == nil && !explanation.fields.contains { $0.events != nil }).text
      if !writeAll(1, text) { throw ExitCode(1) }
    }

    private func ofType(_ checked: CheckedPolicy, _ messages: Messages) throws -> Explanation {
      let catalog = checked.catalog
      guard let known = catalog.eventType(named: event) else {
        if field == nil, let explanation = try ofField(checked, messages) { return explanation }
        throw unknown(event, catalog.suggestion(for: event), messages)
      }
      let explanation: Explanation
      do throws(ScrubRefusal) {
        var explainer = Explainer(checked)
        explanation = try explainer.explain(known, field: field, destination: place.value)
      } catch {
        throw messages.refusal(error)
      }
      if let field, explanation.fields.isEmpty {
        messages.error(
          "\(known) has no field `\(visible(field))`\(place.value.map { " in \($0.rawValue)" } ?? "") [catalog.unknown-name]",
          hint: suggestion(for: field, in: known, catalog).map { "did you mean `\($0)`?" }
            ?? "see currents-scrub catalog show \(known)")
        throw ExitCode(64)
      }
      return explanation
    }

    /// - Returns: nothing where no event has a field of the name.
    private func ofField(_ checked: CheckedPolicy, _ messages: Messages) throws -> Explanation? {
      try messages.refusing { () throws(ScrubRefusal) in
        var explainer = Explainer(checked)
        let explanation = try explainer.explain(event, destination: place.value)
        return explanation.fields.isEmpty ? nil : explanation
      }
    }

    private func ofInput(_ checked: CheckedPolicy, _ messages: Messages) throws -> Explanation {
      var type: String?
      if let eventType {
        type = checked.catalog.eventType(named: eventType)
        if type == nil { throw unknown(eventType, checked.catalog.suggestion(for: eventType), messages) }
      }
      let text: [UInt8]
      do { text = try GivenFile.read("-") } catch { throw messages.failure(error) }
      do throws(ScrubRefusal) {
        var explainer = Explainer(checked)
        return try explainer.explain(text, event: type, destination: place.value)
      } catch {
        throw messages.refusal(error)
      }
    }

    private func suggestion(for field: String, in event: String, _ catalog: Catalog) -> String? {
      let members = catalog.allShapes(of: event, in: place.value).flatMap(catalog.members)
      return nearest(field.lowercased(), in: members.map(\.path) + members.flatMap(\.fields).map { catalog.fields[$0].name })
    }

    private func unknown(_ name: String, _ suggestion: String?, _ messages: Messages) -> any Error {
      messages.error(
        "`\(visible(name))` is no event type of the catalog [catalog.unknown-name]",
        hint: suggestion.map { "did you mean `\($0)`?" } ?? "see currents-scrub catalog list")
      return ExitCode(64)
    }
  }
}
