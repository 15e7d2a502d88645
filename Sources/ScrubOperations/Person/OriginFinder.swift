internal import ScrubArchive
internal import ScrubCore

/// Finds of what pseudonyms were made that nothing else explains: where only an output tells that two ids are one person's, the
/// events of the source are theirs by what stands for it there. One worker's.
final class OriginFinder {
  private let collector: IdentityCollector
  private var finder: PersonFinder
  private let questions: Questions

  /// - Parameters:
  ///   - made: how the pseudonyms were made.
  ///   - tokens: those of which nobody knows what they stand for.
  init(_ context: SearchContext, _ made: [ScrubbedWith], of tokens: Set<Identity>) throws(ScrubRefusal) {
    let questions = Questions(try KnownPseudonyms(made), tokens)
    self.questions = questions
    collector = IdentityCollector { questions.answer($0) }
    finder = PersonFinder(context, WatchList([]))
    finder.collect(for: collector)
  }

  /// By pseudonym: an identity of a file for which it stands.
  func origins(in file: ArchiveFile, _ progress: Progress) throws(ScrubRefusal) -> [Identity: Identity] {
    let search = finder.search(file, filter: nil)
    _ = collector.finishFile()
    progress.finished(search.outcome, events: search.findings.events)
    if let refusal = questions.refusal { throw refusal }
    return questions.origins
  }

  private final class Questions {
    private let pseudonyms: KnownPseudonyms
    private let tokens: Set<Identity>
    private(set) var origins: [Identity: Identity] = [:]
    private(set) var refusal: ScrubRefusal?

    init(_ pseudonyms: KnownPseudonyms, _ tokens: Set<Identity>) {
      self.pseudonyms = pseudonyms
      self.tokens = tokens
    }

    func answer(_ identities: [Identity]) -> [Bool] {
      identities.map { identity in
        do throws(ScrubRefusal) {
          let standing = try pseudonyms.pseudonyms(of: identity).intersection(tokens)
          for token in standing { origins[token] = identity }
          return !standing.isEmpty
        } catch {
          refusal = error
          return false
        }
      }
    }
  }
}
