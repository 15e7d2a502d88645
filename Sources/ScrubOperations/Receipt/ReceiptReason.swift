/// Why a receipt is not `COMPLETE`, as far as its state says so by itself; codes of files and of people's searches stand
/// beside these.
package enum ReceiptReason: String, CaseIterable, Sendable {
  case held = "erase.held"
  case kept = "erase.kept"
  case residueKept = "erase.residue-kept"
  case allHeld = "erase.all-held"
  case undecided = "erase.undecided"
  case left = "erase.left"
  case files = "erase.files"
  case notSearchable = "erase.not-searchable"
  case nameless = "erase.nameless"
  case leftOut = "erase.archives-left-out"
  case tooMany = "erase.too-many-events"
  case tooLarge = "erase.too-large-a-share"
  case interrupted = "erase.interrupted"

  package var meaning: String {
    switch self {
    case .held: "A legal hold keeps events."
    case .kept: "A rule of the policy keeps fields of events."
    case .residueKept: "Values of the person stay in events that a legal hold or a rule keeps."
    case .allHeld: "A legal hold keeps everything that was found."
    case .undecided: "Events that only a shared value leads to wait for a decision."
    case .left: "Events of the person still stand, for their files could not be rewritten."
    case .files: "Files could not be read or rewritten, or only in part."
    case .notSearchable: "Files were scrubbed with a key, or by a policy, that is not at hand, or hold nothing by which the request names the person."
    case .nameless: "Events do not tell whose they are."
    case .leftOut: "Archives that are known were not given."
    case .tooMany: "More events were found than a person is expected to have."
    case .tooLarge: "A larger share of all events was found than a person is expected to have."
    case .interrupted: "The run was interrupted."
    }
  }

  /// Whether something may be left that should have gone: what holds and rules keep stays rightly.
  var leavesGap: Bool { ![.held, .kept, .residueKept].contains(self) }

  /// What to do where nobody asks again.
  var hint: String? {
    switch self {
    case .left, .files: "restore or free the files that the receipt names: the next night looks through them"
    case .notSearchable: "see that this night made the files anew that the receipt tells; or give their key and policy, or remove them"
    case .leftOut: "add the archives that the receipt names to the configuration"
    case .undecided, .nameless: "look at the receipt, then erase by hand what is theirs"
    case .held, .kept, .residueKept, .allHeld, .tooMany, .tooLarge, .interrupted: nil
    }
  }
}

extension Receipt {
  /// What its own numbers give as reasons, in a fixed order.
  package var impliedReasons: [ReceiptReason] {
    var reasons: [ReceiptReason] = []
    func note(_ isTrue: Bool, _ reason: ReceiptReason) { if isTrue { reasons.append(reason) } }
    note(events.total.held > 0, .held)
    note(events.total.kept > 0, .kept)
    note(residual.isKept, .residueKept)
    note(events.total.heldBack > 0, .undecided)
    note(events.total.left > 0 && state != .refused, .left)
    note(!gaps.isEmpty, .files)
    note(!notSearchable.files.isEmpty, .notSearchable)
    note(notSearchable.nameless > 0, .nameless)
    note(!leftOut.isEmpty, .leftOut)
    return reasons
  }
}
