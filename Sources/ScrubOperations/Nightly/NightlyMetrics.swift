package import ScrubArchive

/// What a night came to for Prometheus, in its text format (version 0.0.4), for the textfile collector of the node
/// exporter.
///
/// Every metric is a gauge about the last run. Names of archives, audiences and states stand in labels, nothing of anybody.
package enum NightlyMetrics {
  /// Writes the file, whole or not at all, and readable by all: the exporter runs under another account.
  ///
  /// - Parameters:
  ///   - lastSuccess: when the last run before this one ended that did all of its work, in seconds since 1970-01-01.
  ///   - path: ends with `.prom` for the collector to read it.
  package static func write(_ summary: NightlySummary, lastSuccess: Double?, to path: String) throws(Failure) {
    try GivenFile.write(text(summary, lastSuccess: lastSuccess), to: path, mode: 0o644)
  }

  static func text(_ summary: NightlySummary, lastSuccess: Double?) -> String {
    families(summary, lastSuccess: lastSuccess).map(\.text).joined()
  }

  // MARK: the metrics

  private static func families(_ summary: NightlySummary, lastSuccess: Double?) -> [Metric] {
    run(summary, lastSuccess) + archives(summary) + requests(summary) + decisions(summary)
  }

  private static func run(_ summary: NightlySummary, _ lastSuccess: Double?) -> [Metric] {
    let states = NightlySummary.State.allCases
    return [
      Metric("info", "The program that ran.", [Gauge(1, ("version", summary.version))]),
      Metric("last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.", summary.ended.map { [Gauge($0)] } ?? []),
      Metric(
        "last_success_timestamp_seconds",
        "When the last run ended that did all of its work (exit code 0, or 5 where a request is overdue), in seconds since 1970.",
        (summary.isSuccess ? summary.ended : lastSuccess).map { [Gauge($0)] } ?? []),
      Metric("duration_seconds", "How long the last run took.", [Gauge(summary.seconds)]),
      Metric("exit_code", "The exit code of the last run.", [Gauge(Double(summary.exit))]),
      Metric(
        "state", "How the last run ended: 1 for the state that holds.",
        states.map { Gauge($0 == summary.state ? 1 : 0, ("state", $0.rawValue)) }),
      Metric("problems", "Things that the last run could not do.", [Gauge(summary.problems.count)]),
      Metric("recovered_erasures", "Erasures that were cut off before, and finished by the last run.", [Gauge(summary.recovered.count)]),
      Metric("expired_evidence_segments", "Segments of the evidence log that went by age.", [Gauge(summary.expiredSegments)]),
    ]
  }

  private static func archives(_ summary: NightlySummary) -> [Metric] {
    func each(_ name: String, _ help: String, _ number: (NightlySummary.Archive) -> Int) -> Metric {
      Metric(name, help, summary.archives.map { Gauge(number($0), ("archive", $0.name)) })
    }
    func parts(
      _ name: String, _ help: String, _ label: String, _ parts: (NightlySummary.Archive) -> [(String, Int)]
    ) -> Metric {
      Metric(
        name, help,
        summary.archives.flatMap { archive in
          parts(archive).map { Gauge($0.1, ("archive", archive.name), (label, $0.0)) }
        })
    }
    return [
      each("archive_exit_code", "The exit code of the work on an archive.") { $0.exit },
      parts("files", "Files in an archive by what the last run found them to be.", "state") { archive in
        [
          ("new", archive.new), ("changed", archive.changed), ("redone", archive.redone), ("young", archive.young),
          ("known", archive.known),
        ]
      },
      each("late_files", "Of the new files, those in partitions older than ones seen before.") { $0.late },
      each("vanished_files", "Files that were seen before and are gone from an archive.") { $0.vanished },
      each("unreadable_files", "Files that could not be read to their end.") { $0.unreadable },
      each("written_files", "Files written to the output of an archive.") { $0.written },
      each("read_bytes", "Bytes of the files that were read.") { $0.bytes },
      each("events_read", "Events in the files that were read.") { $0.events },
      each("events_shared", "Events written to the output of an archive.") { $0.shared },
      each("events_withheld", "Events that could not be scrubbed and were kept back.") { $0.withheld },
      each("pseudonyms", "Values that became pseudonyms.") { $0.pseudonyms },
      each("redacted_values", "Values that were redacted, removed or made coarser.") { $0.redacted },
      parts("drift", "Names in new files that the catalog does not know so.", "kind") { archive in
        [
          ("new_mark", archive.drift.newMarks.count), ("unknown_event", archive.drift.unknownEvents.count),
          ("unknown_field", archive.drift.unknownFields.count), ("content", archive.drift.content.count),
        ]
      },
    ]
  }

  private static func requests(_ summary: NightlySummary) -> [Metric] {
    let states = Dictionary(grouping: summary.requests, by: \.state)
    let blocked = summary.requests.count { $0.isOpen && $0.blocked != nil }
    // In time until the last second of the day.
    let next = summary.deadlines.next.flatMap { Day($0) }.map { $0.adding(days: 1).number * 86_400 }
    return [
      Metric(
        "requests", "Requests that are open, or were settled by the last run, by their state in the book.",
        states.sorted { $0.key < $1.key }.map { Gauge($0.value.count, ("state", $0.key)) }),
      Metric("requests_open", "Requests that somebody has to answer.", [Gauge(summary.deadlines.open)]),
      Metric("requests_overdue", "Open requests whose last day is over.", [Gauge(summary.deadlines.overdue)]),
      Metric("requests_due_soon", "Open requests that are due within the time of warning.", [Gauge(summary.deadlines.soon)]),
      Metric("requests_blocked", "Open requests that wait for somebody.", [Gauge(blocked)]),
      Metric(
        "next_due_timestamp_seconds", "The end of the next last day of an open request, in seconds since 1970; absent where none is open.",
        next.map { [Gauge($0)] } ?? []),
    ]
  }

  private static func decisions(_ summary: NightlySummary) -> [Metric] {
    let harvest = summary.harvest
    let retention = summary.retention
    // A metric with the same labels twice would have the collector pass over the whole file.
    let disclosed = Dictionary(grouping: summary.disclosures) { [$0.archive, $0.audience] }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return [
      Metric("resurrected_events", "Events of erased people that came back, and went again.", [Gauge(summary.totals.resurrected)]),
      Metric("harvest_people", "People deleted at Braze whose events are to go.", [Gauge(harvest.people)]),
      Metric("harvest_erased_people", "Of those, the ones erased by the last run.", [Gauge(harvest.erased)]),
      Metric("harvest_stopped", "1 where more people were found than a night may erase.", [Gauge(harvest.isStopped ? 1 : 0)]),
      Metric("retention_due_events", "Events older than they are to be kept.", [Gauge(retention?.due ?? 0)]),
      Metric("retention_removed_events", "Events that went by their age.", [Gauge(retention?.gone ?? 0)]),
      Metric("retention_stopped", "1 where more events were due than a night may take.", [Gauge(retention?.isStopped == true ? 1 : 0)]),
      Metric(
        "disclosed_events", "Events written for an audience.",
        disclosed.map { labels, outputs in
          Gauge(outputs.reduce(0) { $0 &+ $1.events }, ("archive", labels[0]), ("audience", labels[1]))
        }),
    ]
  }
}

// MARK: - The format

/// A metric with its samples; no line at all where it has none.
private struct Metric {
  let text: String

  init(_ name: String, _ help: String, _ samples: [Gauge]) {
    let name = "currents_scrub_nightly_" + name
    text =
      samples.isEmpty
      ? "" : "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + samples.map { name + $0.text + "\n" }.joined()
  }
}

private struct Gauge {
  /// What stands behind the name.
  let text: String

  init(_ value: Double, _ labels: (name: String, value: String)...) { text = Self.labelled(labels) + " " + Self.spelled(value) }

  init(_ value: Int, _ labels: (name: String, value: String)...) { text = Self.labelled(labels) + " " + String(value) }

  private static func labelled(_ labels: [(name: String, value: String)]) -> String {
    labels.isEmpty ? "" : "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
  }

  /// Whole numbers without an exponent, which people read more easily.
  private static func spelled(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
