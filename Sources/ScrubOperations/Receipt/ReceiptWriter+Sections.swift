extension ReceiptWriter {
  /// The sections behind the picture, in order.
  var sections: [PageSection] {
    [
      reasons, asked, retained, residual, gaps, notCovered, recipients, checked, fileList, verifying, run,
    ].compactMap { $0 }
  }

  // MARK: why and what

  private var reasons: PageSection? {
    if receipt.reasons.isEmpty { return nil }
    let items = receipt.reasons.map { "<li>\(Self.reason($0)) <code class=\"word\">[\($0)]</code></li>" as Markup }.joined()
    let title =
      switch receipt.state {
      case .refused: "Why nothing was erased"
      case .incomplete: "Why it is not complete"
      case .complete, .completeExcept, .nothingFound: "What to know"
      }
    return PageSection("reasons", title, "<ul>\(items)</ul>")
  }

  /// What a code says, where this page knows it.
  private static func reason(_ code: String) -> String {
    ReceiptReason(rawValue: code)?.meaning ?? PageText.sentence("see the table of what could not be read or done")
  }

  private var asked: PageSection {
    let request = receipt.request
    let check = receipt.identityCheck
    let identity =
      check.status == .recorded
      ? "checked by \(check.by ?? "") on \(day(check.on ?? "")): \(check.method ?? "")" : "check not recorded"
    let kinds = receipt.subject.identifiers.sorted { $0.key < $1.key }.map { PageText.count($0.value, ofKind: $0.key) }
    return PageSection(
      "asked", "What was asked",
      pairs(
        [
          ("Request", .code(request.id)),
          ("Grounds claimed", .text(request.grounds.isEmpty ? "none told" : request.grounds.joined(separator: "; "))),
          ("Law", .text(Self.lawNames[request.law] ?? request.law)),
          ("Received", .text(request.received.map(day) ?? "not told")),
          ("To be done by", .text(request.due.map(day) ?? "not known, for the day of receipt was not told")),
          ("Carried out", .text(PageText.moment(receipt.executed))),
          ("Identity", .text(identity)),
          ("Person", .text(receipt.subject.fingerprints.isEmpty ? "no profile was found" : "profiles by their keyed fingerprints:")),
        ] + receipt.subject.fingerprints.prefix(20).map { ("", .code($0)) } + [
          ("Known by", .text(kinds.isEmpty ? "no identifier" : kinds.joined(separator: ", "))),
          ("Only in workspaces", request.workspaces.isEmpty ? .text("no limit") : .text(request.workspaces.joined(separator: ", "))),
        ] + decided + [
          ("Way of erasing", .text(receipt.mode == .delete ? "events are deleted" : "rows stay, everything personal in them is blanked"))
        ]))
  }

  /// What somebody decided of profiles that share a value with the person.
  private var decided: [(term: String, cell: Cell)] {
    guard let profiles = receipt.request.profiles else { return [] }
    let parts = [(profiles.included, "taken for the person's"), (profiles.excluded, "taken for others'")].filter { $0.0 > 0 }
    return [("Profiles decided about", .text(parts.map { "\(PageText.grouped($0)) \($1)" }.joined(separator: ", ")))]
  }

  private static let lawNames = [
    "gdpr": "GDPR, Art. 17", "uk": "UK GDPR, Art. 17", "ccpa": "CCPA, section 1798.105", "lgpd": "LGPD, Art. 18",
  ]

  private func pairs(_ pairs: [(term: String, cell: Cell)]) -> Markup {
    let items = pairs.map { term, cell in
      switch cell {
      case .code(let text): "<dt>\(term)</dt><dd><code class=\"hex-wrap\">\(text)</code></dd>" as Markup
      case .text(let text), .word(let text), .digest(let text): "<dt>\(term)</dt><dd>\(text)</dd>" as Markup
      case .number(let number): "<dt>\(term)</dt><dd>\(number)</dd>" as Markup
      }
    }.joined()
    return "<dl class=\"pairs\">\(items)</dl>"
  }

  // MARK: what remains

  private var retained: PageSection {
    let rows = receipt.retained.map { one in
      Row(
        .text(one.basis),
        [
          .text(one.kind == .hold ? "legal hold: as they were" : "rule of the policy: in part"), .text(one.owner ?? "nobody named"),
          .text(one.review.map(day) ?? "no day set"), .number(one.events),
        ])
    }
    let lead: Markup =
      rows.isEmpty
      ? "<p>Nothing was kept on purpose.</p>"
      : "<p class=\"soft\">Somebody decided that these stay, for the reason that stands there, until they are looked at again.</p>"
    return PageSection(
      "retained", "What was kept, and why",
      "\(lead)\(Self.table("What was kept, and why", ["Basis", "By", "Owner", "Asked again on", "Events"], rows))")
  }

  private var residual: PageSection {
    let lead: Markup =
      switch receipt.residual.sweep {
      case .none: "<p>Nobody looked for values of this person in the texts of other events.</p>"
      case .count, .redact:
        receipt.residual.places.isEmpty
          ? "<p>Values of this person were looked for in everything else that was searched, and none was found.</p>"
          : "<p class=\"soft\">Values that only this person carries, found in events that are not theirs.</p>"
      }
    let rows = receipt.residual.places.map { place in
      Row(.code(place.path), [.code(place.shownEvent), .text(place.destination), .number(place.count), .number(place.redacted), .number(place.kept ?? 0)])
    }
    return PageSection(
      "residual", "Traces elsewhere",
      "\(lead)\(Self.table("Traces elsewhere", ["Field", "Event type", "Destination", "Found", "Redacted", "Kept on purpose"], rows))")
  }

  private var gaps: PageSection {
    let rows = receipt.gaps.map { gap in
      Row(
        .code(gap.path),
        [
          .text(gap.archive.map(name(ofArchive:)) ?? ""), .text(gap.places.map { PageText.count($0, "place", "places") } ?? "all of it"),
          .code(gap.code),
        ])
    }
    let keys = receipt.notSearchable.files.sorted { $0.key < $1.key }.map { key, count in
      "<li>\(files(count)) made with the key <code>\(key)</code> could not be searched: it, or the policy as it was then, was not at hand, or they hold nothing by which the request names the person.</li>"
        as Markup
    }
    let nameless: [Markup] =
      receipt.notSearchable.nameless == 0
      ? [] : ["<li>\(events(receipt.notSearchable.nameless)) do not tell whose they are.</li>"]
    let leftOut = receipt.leftOut.map { "<li>The archive <code>\($0.breakable)</code> is known, and was not given.</li>" as Markup }
    let items = keys + nameless + leftOut
    let lead: Markup =
      rows.isEmpty && items.isEmpty
      ? "<p>Everything that was given could be read, searched and rewritten.</p>"
      : "<p class=\"soft\">What could not be read or rewritten was left byte for byte as it was.</p>"
    let list: Markup = items.isEmpty ? "" : "<ul>\(items.joined())</ul>"
    return PageSection(
      "gaps", "What could not be read or done",
      "\(lead)\(list)\(Self.table("What could not be read or done", ["File", "Archive", "How much", "Code"], rows))")
  }

  private func name(ofArchive number: Int) -> String {
    receipt.archives.indices.contains(number) ? receipt.archives[number].path : ""
  }

  private var notCovered: PageSection {
    let items = receipt.notCovered.map { "<li>\($0.meaning)</li>" as Markup }.joined()
    return PageSection(
      "not-covered", "What this does not reach",
      """
      <p class="statement">\(PageText.sentence(receipt.statement))</p>
      <p>Files are written anew without the events. That does not reach:</p>
      <ul>\(items)</ul>
      """)
  }

  private var recipients: PageSection {
    let rows = receipt.recipients.audiences.map { Row(.text($0.audience), [.number($0.tokens), .code($0.file)]) }
    let lead: Markup =
      switch receipt.recipients.status {
      case .notKnown:
        "<p>Who was sent data of this person is not known to this program: there is no record of disclosures. Whoever was, is to be told of the erasure (Art. 19 GDPR).</p>"
      case .known:
        rows.isEmpty
          ? "<p>The record of disclosures names nobody who was sent data of this person.</p>"
          : "<p>These were sent events of the same types and days as this person’s, and are to be told of the erasure (Art. 19 GDPR). The file beside this receipt has what each of them knows the person by, as far as that can be told.</p>"
      }
    return PageSection(
      "recipients", "Who is to be told",
      "\(lead)\(Self.table("Who is to be told", ["Audience", "Tokens", "File"], rows))")
  }

  // MARK: how it was checked, and how to check it

  private var checked: PageSection {
    let check = receipt.verification
    var items: [Markup] = []
    if receipt.files.rewritten > 0 {
      items.append(
        "<li>\(files(check.filesReadBack)) of \(PageText.grouped(receipt.files.rewritten)) rewritten were read back from the disk, by another way than the one that wrote them, before they took the place of the old ones. Found in them though it should have gone: \(PageText.grouped(check.matchesAfter)).</li>"
      )
      items.append("<li>The archives as a whole were not searched once more after that; the command below does it.</li>")
    } else {
      items.append("<li>No file was rewritten, so that none had to be read back.</li>")
    }
    for store in receipt.stores ?? [] { items.append("<li>\(versions(of: store))</li>") }
    if receipt.vaultRowsRemoved > 0 {
      items.append("<li>\(PageText.count(receipt.vaultRowsRemoved, "row was", "rows were")) removed from the vault of tokens.</li>")
    }
    items.append(
      receipt.suppression.map { "<li>The person is on the list of those who are not taken in again, as <code>\($0)</code>.</li>" as Markup }
        ?? "<li>There is no entry that keeps copies that come back, such as restored backups, from being taken in again.</li>")
    return PageSection("checked", "How it was checked", "<ul>\(items.joined())</ul>")
  }

  private func versions(of store: Receipt.Store) -> Markup {
    let archive: Markup = "<code>\(name(ofArchive: store.archive).breakable)</code>"
    let purged = PageText.count(store.versionsPurged, "earlier version", "earlier versions")
    switch store.versioning {
    case .off: return "The bucket of \(archive) keeps no earlier versions of objects."
    case .enabled, .suspended, .unknown:
      return "Of the objects of \(archive), \(purged) with events that had to go were removed for good, each as a whole."
    }
  }

  private var fileList: PageSection {
    let files = receipt.files
    let numbers: [(String, Cell)] =
      [
        ("Read", .number(files.scanned)), ("Rewritten", .number(files.rewritten)), ("Without events of this person", .number(files.unchanged)),
        ("Changed during the run", .number(files.changed)), ("Could not be rewritten", .number(files.failed)),
        ("Could not be read", .number(files.unreadable)), ("Not looked into", .number(files.skipped)),
      ] + (files.ignored.map { [("Ignored: by name, as asked, or empty", .number($0))] } ?? [])
    let archives = receipt.archives.map { Row(.code($0.path), [.number($0.files), .number($0.events)]) }
    // Requests that are carried out together rewrite a file once.
    let hasOthers = receipt.rewritten.contains { $0.deletedForOthers > 0 }
    let rows = receipt.rewritten.map { file in
      Row(
        .code(file.path),
        [.number(file.before.events), .number(file.counts.matched)] + (hasOthers ? [.number(file.deletedForOthers)] : [])
          + [.number(file.after.events), .digest(file.before.keyedDigest), .digest(file.after.sha256)])
    }
    let heads =
      ["File", "Events before", "Of this person"] + (hasOthers ? ["Deleted for others"] : [])
      + ["Events after", "Keyed digest before", "SHA-256 after"]
    let list: Markup =
      rows.isEmpty
      ? ""
      : """
      <details><summary>Rewritten files <span class="soft">(\(self.files(rows.count)))</span></summary>
      <p class="soft">The digest before is keyed, so that nobody can try what the file held; the one after is plain, so that anybody can compare it. Whole digests are in receipt.json.</p>
      \(Self.table("Rewritten files", heads, rows))
      </details>
      """
    return PageSection(
      "files", "Archives and files",
      "\(Self.table("Archives", ["Archive", "Files", "Events"], archives))\(pairs(numbers))\(list)")
  }

  private var verifying: PageSection {
    var checks: [(purpose: String, command: String)] = []
    if receipt.signature.status == .signed {
      checks.append(
        (
          "That nobody changed the receipt, with nothing but OpenSSL (the public key should come from elsewhere than this folder):",
          "openssl pkeyutl -verify -pubin -inkey signing.pub.pem -rawin \\\n  -in receipt.json -sigfile receipt.json.sig"
        ))
    }
    checks.append(
      (
        "That its numbers add up and its state is true:",
        "currents-scrub verify receipt receipt.json" + (receipt.signature.status == .signed ? " --public-key signing.pub.pem" : "")
      ))
    checks.append(
      (
        "That the files are those that it left, and that the person is not in them:",
        "currents-scrub verify receipt receipt.json ARCHIVE ... --request REQUEST"
      ))
    if let file = receipt.rewritten.first {
      checks.append(("One file by hand, against SHA-256 after:", "sha256sum \(PageText.shell(file.path.visible))"))
    }
    let blocks = checks.map {
      "<p>\($0.purpose)</p>\n<pre tabindex=\"0\"><code>\($0.command.split(separator: "\n").map { "\(String($0))" as Markup }.joined(by: "\n"))</code></pre>"
        as Markup
    }
    return PageSection("verify", "Check it yourself", Markup(lines: blocks))
  }

  private var run: PageSection {
    var items: [(String, Cell)] = [
      ("Run", .code(receipt.receipt)), ("Operator", .text("\(receipt.operatedBy.account) on \(receipt.operatedBy.host)")),
      ("Program", .text("currents-scrub \(receipt.tool.version), \(receipt.tool.openssl)")),
      ("SHA-256 of the program", .code(receipt.tool.binary)),
    ]
    items.append(
      receipt.policy.map { ("Policy", .code("\($0.name), SHA-256 \($0.sha256)")) } ?? ("Policy", .text("none was given")))
    for key in receipt.keys { items.append(("Key", .code("\(key.id), check value \(key.check)"))) }
    if let key = receipt.signature.key { items.append(("Signed by", .code("Ed25519, public key \(key)"))) }
    items.append(("Evidence log", .code(receipt.evidenceHead)))
    items.append(("Root over the files", .code(receipt.merkleRoot)))
    return PageSection("run", "Run", pairs(items))
  }
}

extension Receipt.NotCovered {
  /// What it is, and what to do about it.
  fileprivate var meaning: String {
    switch self {
    case .backups: "Backups: they still hold the events. When one is restored, run the erasure again over it."
    case .snapshots: "Snapshots of file systems and volumes, until they expire."
    case .vendor: "The vendor itself: the profile at Braze is deleted by its own request; where events were found, downstream/ has it."
    case .objectVersions: "Earlier versions of objects in buckets that keep them."
    case .hardLinks: "Other names (hard links) of the old files."
    case .downstreamCopies: "Copies that others made: warehouses, partners, agencies, laptops."
    }
  }
}

extension [Markup] {
  fileprivate func joined(by separator: String) -> Markup {
    Markup(stringLiteral: map(\.renderText).joined(separator: separator))
  }
}
