import ScrubPolicy

/// A glossary page, or a catalog addition where the input starts with a brace.
///
/// Laws: what an import writes is an addition that reads the same, and the catalog takes it.
final class GlossaryBench: FuzzBench {
  func check(_ input: [UInt8]) throws {
    if input.first == UInt8(ascii: "{") {
      if let addition = try? CatalogAddition(parsing: input) { try check(addition) }
      return
    }
    let imported = GlossaryImport(page: input, catalog: .builtIn)
    for finding in imported.findings { try require(finding.line > 0, "a finding has a line") }
    try check(imported.addition)
  }

  private func check(_ addition: CatalogAddition) throws {
    let read: CatalogAddition
    do throws(CatalogAdditionFailure) { read = try CatalogAddition(parsing: Array(addition.json.utf8)) } catch {
      throw BrokenLaw(description: "what an import writes is an addition (\(error.findings.first.map { "\($0.code)" } ?? ""))")
    }
    try require(read.json == addition.json, "an addition reads the same")
    _ = Catalog.builtIn.adding(addition)
  }

  static var seeds: [[UInt8]] {
    let page = """
      {% api %}
      ## Pigeon {#pigeon}
      {% tabs %}
      {% tab Cloud Storage %}
      ```json
      // users.messages.pigeon.Open
      {
        "id" : "(required, string) the event",
        "media_urls" : "(optional, array of string) pictures",
        "time" : "(required, int) when",
        "user_id" : "(optional, string) [PII] [DEPRECATED] who"
      }
      ```
      {% endtab %}
      {% tab Segment %}
      ```json
      // Pigeon Opened (users.messages.pigeon.Open)
      {"anonymousId": "(required, string) u", "messageId": "(required, string) i", "context": {"traits": {"x": 1}}}
      ~~~
      {% endtab %}
      ```json
      // Pigeon Opened (users.messages.pigeon.Open)
      {"events": [{"data": {"event_name": "(required, string) n"}, "event_type": "(required, string) t"}], "user_identities": {}}
      """
    let imported = GlossaryImport(page: Array(page.utf8), catalog: .builtIn).addition.json
    return [Array(page.utf8), Array(imported.utf8), Array(page.replacing("\n", with: "\r\n").utf8)]
  }
}
