internal import ScrubCore

/// Finds of what pseudonyms were made that nothing else explains: where only an output tells that two ids are one person's, the
/// events of the source are theirs by what stands for it there. One worker's.
final class Origins {
  private let pseudonyms: KnownPseudonyms
  private let tokens: Set<Identity>
  /// By pseudonym: an identity for which it stands.
  private(set) var found: [Identity: Identity] = [:]
  private(set) var refusal: ScrubRefusal?

  /// - Parameters:
  ///   - made: how the pseudonyms were made.
  ///   - tokens: those of which nobody knows what they stand for.
  init(_ made: [ScrubbedWith], of tokens: Set<Identity>) throws(ScrubRefusal) {
    pseudonyms = try KnownPseudonyms(made)
    self.tokens = tokens
  }

  /// Has every identity that a worker meets asked about, once.
  var collector: IdentityCollector {
    IdentityCollector { [self] identities in identities.map { isOrigin($0) } }
  }

  private func isOrigin(_ identity: Identity) -> Bool {
    do throws(ScrubRefusal) {
      let standing = try pseudonyms.pseudonyms(standing: identity).filter(tokens.contains)
      for token in standing { found[token] = identity }
      return !standing.isEmpty
    } catch {
      refusal = error
      return false
    }
  }
}
