/// The events of a package in the order of their times, then of their sources; those without a time come last.
package struct AccessEvents: Sendable {
  private let events: [AccessEvent]

  package init(sorted events: [AccessEvent]) { self.events = events }

  package var count: Int { events.count }

  package func forEach(_ body: (AccessEvent) throws -> Void) rethrows {
    for event in events { try body(event) }
  }
}
