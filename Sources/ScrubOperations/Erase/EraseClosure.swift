internal import Foundation
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// All that tells the events of the people of a run: written down, sealed, before the first file changes, for the event
/// that linked two of their ids may be gone when a run that was cut off is gone on with.
struct EraseClosure: Sendable {
  /// What the events of the people carry, and which of the events that carry it are theirs.
  private let carriers: [Carrier: Set<Reach>]
  /// By request: by what the person is found again, a profile each, whatever became of the events that told it.
  private(set) var learned: [String: [Carrier]] = [:]
  /// By request: everything that stands for the person anywhere and leads to nobody else, pseudonyms too: by which events
  /// are theirs that look otherwise than those that were found.
  private(set) var traces: [String: [Trace]] = [:]
  /// By request: tokens of the person in the vault.
  private(set) var vaultTokens: [[String]] = []
  /// By request: what stands beside its receipt and says who the person is.
  private(set) var personal: [String: [PersonalFile]] = [:]
  /// Values of the people that go where they stand in events which are not theirs.
  private(set) var residue: SweepValues
  /// For passes that look for the people.
  let watch: WatchList

  init(
    carriers: [Carrier: Set<Reach>], learned: [String: [Carrier]], traces: [String: [Trace]] = [:], vaultTokens: [[String]],
    personal: [String: [PersonalFile]], residue: SweepValues
  ) {
    self.residue = residue
    self.carriers = carriers
    self.learned = learned
    self.traces = traces
    self.vaultTokens = vaultTokens
    self.personal = personal
    let identities = carriers.keys.reduce(into: Set(traces.values.joined().map(\.identity))) { $0.formUnion($1.values.map(\.identity)) }
    watch = WatchList(identities, digests: [])
  }

  /// Everything by which the people are known.
  var identities: Set<Identity> {
    learned.keys.reduce(into: Set(carriers.keys.lazy.flatMap(\.values).map(\.identity))) { $0.formUnion(identities(of: $1)) }
  }

  /// Everything by which the person of a request is found again.
  func identities(of request: String) -> Set<Identity> { Set((learned[request] ?? []).lazy.flatMap(\.values).map(\.identity)) }

  /// Whether an event is one of the people's.
  func covers(_ carrier: Carrier, time: Int, in destination: Destination) -> Bool {
    carriers[carrier]?.contains { $0.covers(time: time, in: destination) } ?? false
  }

  // MARK: sealed

  private static let name = Array("currents-scrub/v1/closure".utf8)

  /// The closure under the state key, bound to the run.
  func sealed(_ stateKey: SecretBytes, run: String) throws -> String {
    let text = try DocumentEncoder.line(of: Text(self))
    let stored = try Self.box(stateKey).encrypt(text, associatedData: Self.name + Array(run.utf8))
    return Data(stored).base64EncodedString()
  }

  /// Nothing where the key is another, or a byte was changed.
  init?(opening sealed: String, _ stateKey: SecretBytes, run: String) {
    guard let stored = Data(base64Encoded: sealed),
      let plain = try? Self.box(stateKey).decrypt(Array(stored), associatedData: Self.name + Array(run.utf8)),
      let text = try? JSONDecoder().decode(Text.self, from: Data(plain))
    else { return nil }
    var carriers: [Carrier: Set<Reach>] = [:]
    for one in text.carriers {
      guard let carrier = one.carrier.carrier else { return nil }
      carriers[carrier] = one.reaches ?? [.all]
    }
    self.init(
      carriers: carriers, learned: text.learned.mapValues { $0.compactMap(\.carrier) },
      traces: text.traces?.mapValues { $0.compactMap(\.trace) } ?? [:], vaultTokens: text.vaultTokens,
      personal: text.personal.mapValues { $0.map { PersonalFile(name: $0.name, bytes: $0.bytes.bytes) } },
      residue: text.residue)
  }

  private static func box(_ stateKey: SecretBytes) throws -> EncryptedValues {
    try EncryptedValues(try deriveSubkey(from: stateKey, salt: Array("state".utf8), info: name, count: EncryptedValues.keySize))
  }

  /// As it is written.
  private struct Text: Codable {
    struct Stood: Codable {
      let value: IdentityText
      /// Nothing where all are meant.
      let workspace: BytesText?
      let isAlias: Bool?

      init(_ trace: Trace) {
        value = IdentityText(trace.identity)
        workspace = trace.workspace.isEmpty ? nil : BytesText(trace.workspace)
        isAlias = trace.isAlias ? true : nil
      }

      var trace: Trace? {
        value.identity.map { Trace(identity: $0, workspace: workspace?.bytes ?? [], isAlias: isAlias ?? false) }
      }
    }

    struct Carried: Codable {
      let carrier: CarrierText
      /// Nothing where every event counts.
      let reaches: Set<Reach>?
    }

    struct File: Codable {
      let name: String
      let bytes: BytesText
    }

    let carriers: [Carried]
    let learned: [String: [CarrierText]]
    /// Nothing where no archive is in a store.
    let traces: [String: [Stood]]?
    let vaultTokens: [[String]]
    let personal: [String: [File]]
    let residue: SweepValues

    init(_ closure: EraseClosure) {
      carriers = closure.carriers.map { carrier, reaches in
        Carried(carrier: CarrierText(carrier), reaches: reaches == [.all] ? nil : reaches)
      }
      learned = closure.learned.mapValues { $0.map { CarrierText($0) } }
      traces = closure.traces.isEmpty ? nil : closure.traces.mapValues { $0.map { Stood($0) } }
      vaultTokens = closure.vaultTokens
      personal = closure.personal.mapValues { $0.map { File(name: $0.name, bytes: BytesText($0.bytes)) } }
      residue = closure.residue
    }
  }
}
