/// Something that is wrong with a file, for people, reports and exit codes. Never holds a value.
package struct Failure: Error, Hashable, Sendable {
  /// Stable dotted codes; their meaning and mend are in `FailureCode`.
  package let code: FailureCode
  /// The file, relative to its input.
  package var path: String
  /// `block 3, byte 1204`; empty where the whole file is meant.
  package let place: String

  package init(_ code: FailureCode, path: String = "", place: String = "") {
    self.code = code
    self.path = path
    self.place = place
  }
}

extension FailureCode {
  /// Whether a compressed stream cannot be read on: what came before is whole.
  package var endsStream: Bool { self == .gzip || self == .zstd || self == .zstdWindow }

  /// Whether it tells what an object store did, or did not do.
  package var isOfStore: Bool { rawValue.hasPrefix("store.") }
}

/// Every code with what is true and what to do.
package enum FailureCode: String, CaseIterable, Sendable {
  case missing = "file.missing"
  case exists = "file.exists"
  case unreadable = "file.unreadable"
  case tooLarge = "file.too-large"
  case notText = "file.not-text"
  case unwritable = "file.unwritable"
  case readerGone = "stream.reader-gone"
  case noSpace = "file.no-space"
  case notRegular = "file.not-regular"
  case changed = "file.changed-while-read"
  case foreign = "output.not-ours"
  case locked = "output.locked"
  case archiveLocked = "archive.locked"
  case hardLinked = "file.hard-linked"
  case owner = "file.owner-not-kept"
  case verification = "erase.not-verified"
  case tooYoung = "file.too-young"
  case interrupted = "run.interrupted"
  case journal = "journal.unwritable"
  case keyMismatch = "key.other-check-value"
  case halfDone = "scrubbed.half-done"
  case unsupported = "format.unsupported"
  case codec = "avro.unsupported-codec"
  case header = "avro.bad-header"
  case schema = "avro.bad-schema"
  case truncated = "avro.truncated-block"
  case blockSize = "avro.bad-block-size"
  case blockTooLarge = "avro.block-too-large"
  case sync = "avro.bad-sync"
  case inflate = "avro.bad-compression"
  case record = "avro.bad-record"
  case gzip = "gzip.damaged"
  case zstd = "zstd.damaged"
  case zstdWindow = "zstd.window-too-large"
  case lineTooLong = "json.line-too-long"
  case document = "json.bad-document"
  case unknownEvent = "event.unknown"
  case unknownField = "field.unknown"
  case doesNotFit = "policy.does-not-fit"
  case otherPlan = "scrubbed.other-plan"
  case vault = "vault.not-stored"
  case native = "native.failed"
  case nameNotText = "file.name-not-text"
  case noLibrary = "store.no-library"
  case noCredentials = "store.no-credentials"
  case storeSettings = "store.bad-settings"
  case denied = "store.denied"
  case refused = "store.refused"
  case archived = "store.archived"
  case busy = "store.busy"
  case unreachable = "store.unreachable"
  case untrusted = "store.untrusted"
  case badAnswer = "store.bad-answer"
  case keyNoPath = "store.key-is-no-path"
  case storeLocked = "store.locked"
  case earlierVersion = "store.earlier-version"
  case unfinishedUpload = "store.unfinished-upload"

  /// What is true.
  package var message: String {
    switch self {
    case .missing: "there is no such file"
    case .exists: "there is a file of that name already"
    case .unreadable: "the file cannot be read"
    case .tooLarge: "the file is larger than 8 MiB"
    case .notText: "the file is no UTF-8 text"
    case .unwritable: "the file cannot be written"
    case .readerGone: "nobody reads standard output any more"
    case .noSpace: "there is no space left for the output"
    case .notRegular: "this is no regular file"
    case .changed: "the file changed while it was read"
    case .foreign: "the output folder holds a file that is not ours"
    case .locked: "another run holds the output folder"
    case .archiveLocked: "another run changes files of the archive"
    case .hardLinked: "other names lead to the file, under which the erased events would stay"
    case .owner: "owner, mode or attributes of the file cannot be given to its replacement"
    case .verification: "what was staged is not the file without those events, so the file was left as it is"
    case .tooYoung: "the file is younger than --settle"
    case .interrupted: "the run was interrupted before it came to the file"
    case .journal: "the journal of the run cannot be written, so the file was left as it is"
    case .keyMismatch: "the output folder was made with another key of this id"
    case .halfDone: "the input is an output whose run did not end"
    case .unsupported: "the format is not supported"
    case .codec: "the Avro codec is not supported"
    case .header: "the Avro header is damaged"
    case .schema: "the Avro schema cannot be used"
    case .truncated: "the file ends before its last block does"
    case .blockSize: "a block's size or count cannot be true"
    case .blockTooLarge: "a block is larger than the limit"
    case .sync: "a block does not end with the file's sync marker"
    case .inflate: "a block's compressed bytes are damaged"
    case .record: "a block holds a damaged record"
    case .gzip: "the gzip stream is damaged"
    case .zstd: "the zstd stream is damaged"
    case .zstdWindow: "the zstd stream needs a larger window than the limit"
    case .lineTooLong: "a line is longer than the limit"
    case .document: "the rest of a document is no JSON"
    case .unknownEvent: "the event type is in no catalog"
    case .unknownField: "a field is in no catalog, and the policy fails on it"
    case .doesNotFit: "the policy's action does not fit the schema"
    case .otherPlan: "the file was scrubbed before, under another plan"
    case .vault: "the vault did not take the originals of the file's tokens"
    case .native: "a library call failed"
    case .nameNotText: "the file's name is not UTF-8"
    case .noLibrary: "libcurl, by which stores are asked, is not installed"
    case .noCredentials: "there are no credentials for the store"
    case .storeSettings: "a setting of the store cannot be meant"
    case .denied: "the store does not allow it"
    case .refused: "the store refused the request"
    case .archived: "the object is archived, and cannot be read until it is restored"
    case .busy: "the store was too busy or failed, each time it was tried"
    case .unreachable: "no whole answer came from the store, each time it was tried"
    case .untrusted: "the store's certificate is not trusted"
    case .badAnswer: "the store's answer is not what it should be"
    case .keyNoPath: "the object's key is no path: it has an empty part, or one that is . or .."
    case .storeLocked: "the store keeps the object or a version of it: by a lock that did not run out, or a legal hold"
    case .earlierVersion: "an earlier version holds events of the person, of an object that was removed or replaced before"
    case .unfinishedUpload: "an upload of the object in parts was begun and not ended: what it holds nobody can read"
    }
  }

  /// What to do.
  package var hint: String {
    switch self {
    case .missing: "check the path"
    case .exists: "choose another name, or move it away"
    case .unreadable: "check the permissions, then run again"
    case .tooLarge, .notText: "check that it is the right one"
    case .unwritable, .noSpace: "make room or choose another output, then run again"
    case .readerGone: "read it to its end"
    case .notRegular: "replace the link by the file itself"
    case .changed: "run again when nothing writes to the archive"
    case .foreign: "choose another output folder, or move the file away"
    case .locked, .archiveLocked: "wait for the other run to end"
    case .hardLinked: "remove the other names, or say --hardlinks break"
    case .owner: "run as the owner of the archive, or as root"
    case .verification: "report this with the version; no byte of the file was changed"
    case .tooYoung: "run again later"
    case .interrupted: "run again"
    case .journal: "check the state folder, and whether there is space, then run again"
    case .keyMismatch: "use the earlier key, or give the new one an id of its own"
    case .halfDone: "run the scrub that makes it again, then use it"
    case .unsupported: "convert the file to Avro or NDJSON, or leave it out with --ignore"
    case .codec: "write the file again with codec null, deflate, snappy or zstandard"
    case .header, .truncated, .blockSize, .sync, .inflate, .record, .gzip, .zstd: "restore the file from its source"
    case .schema: "check the schema in the file's header"
    case .blockTooLarge, .lineTooLong, .zstdWindow: "raise --max-block"
    case .document: "look at the place in the source"
    case .unknownEvent: "name the event type with --event-type, or set unknown_event in the policy"
    case .unknownField: "name the field in the policy"
    case .doesNotFit: "change the rule for the field"
    case .otherPlan: "scrub the source again"
    case .vault: "make room, or see whether another process holds the vault, then run again"
    case .native: "check the installation"
    case .nameNotText: "rename the file"
    case .noLibrary: "install it (apt install libcurl4)"
    case .noCredentials: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    case .storeSettings: "check the environment and ~/.aws/config"
    case .denied: "check credentials, region, and what the policy of the bucket allows"
    case .refused, .badAnswer: "check the endpoint, and whether it speaks as S3 does"
    case .archived: "restore the object, then run again"
    case .busy, .unreachable: "check endpoint and network, then run again"
    case .untrusted: "name the file of certificates in AWS_CA_BUNDLE"
    case .keyNoPath: "copy the object to another key"
    case .storeLocked: "run again when lock or hold are gone"
    case .earlierVersion: "remove the version, then run again"
    case .unfinishedUpload: "end it or give it up, then run again"
    }
  }
}
