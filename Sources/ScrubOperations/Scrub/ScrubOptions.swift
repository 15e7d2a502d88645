package import ScrubArchive
package import ScrubCore
package import ScrubPolicy

/// The version of the program.
package let programVersion = "0.1.0"

/// What a scrub is asked to do.
package struct ScrubOptions: Sendable {
  /// Files and folders; none for standard input.
  package var inputs: [String] = []
  /// By relative path: files that are read in this state only; nothing of a file is written that is other by now.
  package var expected: [String: FileIdentity] = [:]
  /// The same where people were looked for in files, be it on another machine; nothing for one that could not be read then.
  package var states: [String: FileState?] = [:]
  /// The same of files that hold events of people who stay out, and of which no copy without them could be made.
  var barred: [String: Failure] = [:]
  /// By input: the only files that are read, by their paths below it; nothing for all. A file that stands for an input
  /// is read in any case.
  package var only: [[String]?] = []
  package var output: String?
  /// Tells the event type of every file, whatever its names say.
  package var eventType: String?
  package var destination: Destination?
  package var quarantine: String?
  /// Where the report will go; nothing where none is written.
  package var reports: String?
  package var stateFolder = ""
  /// How what is read may have been made, where events of people who were erased, which a hold or a rule keeps there, are
  /// to stay out of the output; nothing where nobody is asked about.
  package var keepsOut: [ScrubbedWith]?
  /// The name of the run, for the book of disclosures.
  package var run = ""
  /// What the archive is called there (default: the names of the inputs).
  package var archive: String?
  /// Names and paths that are left out.
  package private(set) var ignored: [Glob] = []
  /// Workers; never more than files.
  package var jobs = 1
  /// The largest block or line, in bytes.
  package var maxBlock = 64 << 20
  package var dryRun = false
  /// Files that were scrubbed under another plan are scrubbed again, which may only tighten.
  package var again = false
  /// Permission bits that new files do not get.
  package var mask: UInt32 = 0o022

  package init() {}

  /// - Parameter patterns: of names and paths that are left out; `*` stands for any characters.
  package mutating func ignore(_ patterns: [String]) { ignored = patterns.map { Glob($0) } }
}
