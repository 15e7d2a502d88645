/// What is wrong with the bytes of a record, and where, counted from the start of what was handed in.
package struct RecordError: Error, Hashable, Sendable {
  package enum Code: String, Sendable {
    case endsEarly = "avro.record-ends-early"
    case badNumber = "avro.bad-number"
    case badBranch = "avro.bad-branch"
    case badLength = "avro.bad-length"
    case tooDeep = "avro.too-deep"
    case leftover = "avro.leftover-bytes"
    case syntax = "json.syntax"
    case deepJSON = "json.too-deep"
    case notAnObject = "json.not-an-object"
    case tooManyMembers = "json.too-many-members"
    case lineTooLong = "json.line-too-long"
    case unknownEvent = "event.unknown"
    case conflictingEvent = "event.conflicting-names"
    case otherDestination = "event.other-destination"
    case misplacedEvents = "event.out-of-place"
    case unknownField = "field.unknown"
    case digest = "native.digest"
  }

  package let code: Code
  package let offset: Int

  package init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }
}
