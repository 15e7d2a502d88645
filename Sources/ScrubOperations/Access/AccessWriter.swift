package import ScrubArchive
package import ScrubPolicy

/// Writes what a person gets: a page to read, files for programs and spreadsheets, and a list of all of it.
///
/// Nothing but the arguments goes into the files, so that the same ones give the same bytes.
package enum AccessWriter {
  /// - Parameters:
  ///   - folder: is there, is empty, and can be entered by its owner only.
  ///   - controller: the controller's texts, one for each workspace or one for all; what they lack is marked.
  /// - Returns: the names of the files in the folder, in byte order.
  /// - Throws: `Failure` when a file cannot be written.
  @discardableResult
  package static func write(
    _ package: AccessPackage, _ events: AccessEvents, controller: [ControllerTexts], catalog: Catalog,
    to folder: String
  ) throws(Failure) -> [String] {
    let tally = AccessTally(events)
    var files = PackageFolder(folder)
    try EventLines.write(events, to: &files)
    try EventSheets(tally, catalog).write(events, to: &files)
    try files.write(json(PackageDocuments.profile(package)), to: "profile.json")
    try files.write(json(PackageDocuments.glossary(tally, package.language)), to: "glossary.json")
    try files.write(page(package, events, tally, controller, catalog), to: "index.html")
    try files.write(json(PackageDocuments.manifest(package, tally, files.files)), to: "manifest.json")
    return files.files.map(\.name).sorted()
  }

  private static func json(_ document: JSONValue) throws(Failure) -> String {
    // Nothing that a document holds can fail to be encoded.
    do { return try document.json() } catch { throw Failure(.unwritable) }
  }

  private static func page(
    _ package: AccessPackage, _ events: AccessEvents, _ tally: AccessTally, _ controller: [ControllerTexts],
    _ catalog: Catalog
  ) throws(Failure) -> String {
    do { return try PersonPage.html(package, events, tally, controller, catalog) } catch { throw Failure(.unwritable) }
  }
}
