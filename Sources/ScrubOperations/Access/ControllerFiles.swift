package import ScrubPolicy

/// The files of a controller's texts, as the command line names them.
package enum ControllerFiles {
  /// Reads the texts, one file a workspace.
  ///
  /// - Throws: `.controller` with everything that is wrong, `.file` for one that cannot be read.
  package static func read(_ names: [String]) throws(ScrubRefusal) -> [ControllerTexts] {
    var read: [ControllerTexts] = []
    var findings: [Diagnostic] = []
    for name in names {
      let text: String
      do { text = try GivenFile.readText(name) } catch { throw .file(error) }
      let (texts, wrong) = ControllerTexts.reading(yaml: text, file: name)
      findings += wrong
      if wrong.isEmpty && read.contains(where: { $0.workspace == texts.workspace }) {
        findings.append(
          Diagnostic(
            .badValue, file: name, line: texts.place.line, column: texts.place.column,
            message: "another file has the texts of the same workspace",
            mend: "give one file a workspace, each with its `workspace`"))
      }
      read.append(texts)
    }
    guard findings.isEmpty else { throw .controller(findings) }
    return read
  }
}
