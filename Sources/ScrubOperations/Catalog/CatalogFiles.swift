internal import ScrubArchive
package import ScrubPolicy

/// The catalog with the additions that somebody names.
package enum CatalogFiles {
  /// The built-in catalog with every addition, in their order.
  ///
  /// - Throws: `ScrubRefusal.file` for one that cannot be read, `ScrubRefusal.additions` with every mistake in them.
  package static func catalog(with additions: [String]) throws(ScrubRefusal) -> Catalog {
    var catalog = Catalog.builtIn
    var mistakes: [ScrubRefusal.AdditionMistakes] = []
    for file in additions {
      let bytes: [UInt8]
      do throws(Failure) { bytes = try GivenFile.read(file) } catch { throw .file(error) }
      do throws(CatalogAdditionFailure) {
        catalog = catalog.adding(try CatalogAddition(parsing: bytes))
      } catch {
        mistakes.append(ScrubRefusal.AdditionMistakes(file: file, findings: error.findings))
      }
    }
    if !mistakes.isEmpty { throw .additions(mistakes) }
    return catalog
  }
}
