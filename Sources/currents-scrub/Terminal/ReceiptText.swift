internal import ScrubOperations

/// What the proof of a receipt came to, in a terminal: what was checked, then the verdict.
struct ReceiptText {
  private let proof: ReceiptProof
  private let isColoured: Bool

  init(_ proof: ReceiptProof, isColoured: Bool) {
    self.proof = proof
    self.isColoured = isColoured
  }

  var text: String {
    let lines = [receipt, signature, files, search, log].compactMap { $0 }
    return lines.map { $0 + "\n" }.joined() + ending
  }

  private var receipt: String? {
    proof.receipt.isEmpty ? nil : "receipt \(visible(proof.receipt)) of request \(visible(proof.request)): \(proof.told)"
  }

  private var signature: String? {
    let key = proof.key.map { " \(visible($0))" } ?? ""
    switch proof.signature {
    case .pinned: return "signed with the key that was given,\(key)"
    case .beside:
      return "signed with the key beside it,\(key): this proves nothing by itself, for whoever changes a receipt can sign it "
        + "anew; compare the key, or give it with --public-key"
    case .unsigned: return "not signed"
    case .wrong: return "the signature is wrong"
    case .unchecked: return nil
    }
  }

  private var files: String? {
    proof.files.map { files in
      "\(counted(files.compared, "rewritten file")) compared: \(grouped(files.same)) as they were left, "
        + "\(grouped(files.changed)) changed, \(grouped(files.missing)) missing"
    }
  }

  private var search: String? {
    proof.search.map { search in
      "\(counted(search.files, "file")), \(counted(search.events, "event")) searched: \(grouped(search.found)) of the person, "
        + "\(grouped(search.expected)) of them told by the receipt"
    }
  }

  private var log: String? {
    proof.log.map { $0 ? "the evidence log holds the receipt's line" : "the evidence log is not as the receipt tells" }
  }

  private var ending: String {
    let (word, rest, colour): (String, String, Colour) =
      switch proof.state {
      case .proved: ("proved", "the receipt is whole, and its numbers give its state", .done)
      case .incomplete: ("incomplete", "some of it could not be checked", .incomplete)
      case .failed: ("failed", "\(counted(proof.findings.count, "thing")) \(proof.findings.count == 1 ? "speaks" : "speak") against it", .failed)
      case .interrupted: ("interrupted", "not everything was checked", .incomplete)
      }
    return "\(colour.of(word, isColoured)): \(rest).\n"
  }
}
