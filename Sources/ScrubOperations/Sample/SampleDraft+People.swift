internal import ScrubNative

// Who the event is about, and how they are reached.
extension SampleDraft {
  mutating func brazeID() -> SampleValue {
    if isNameless && !isRequired { return .null }
    population.addBrazeID(of: user, to: &text)
    return .text
  }

  mutating func survivorID() -> SampleValue {
    population.addBrazeID(of: survivor, to: &text)
    return .text
  }

  /// The account id; where a shape must have one and the user has none, the Braze id stands in.
  mutating func externalID() -> SampleValue {
    if population.isAnonymous(user) || isNameless {
      guard isRequired else { return .null }
      return brazeID()
    }
    population.addExternalID(of: user, to: &text)
    return .text
  }

  /// The address as profiles hold it; a few are spelled in capitals.
  mutating func email() -> SampleValue {
    let start = text.bytes.count
    population.addEmail(of: user, to: &text)
    if random.percent(3) { text.upperCase(from: start) }
    return .text
  }

  /// An address, or what Braze's transformations left of it.
  mutating func emailField() -> SampleValue {
    switch random.below(1000) {
    case 0..<4: emailForm = .redacted
    case 4..<7: emailForm = .empty
    case 7..<13: emailForm = .hashed
    default: return email()
    }
    if emailForm == .redacted { return text("[REDACTED]") }
    if emailForm == .hashed { addHashedEmail() }
    return .text
  }

  private mutating func addHashedEmail() {
    part.removeAll()
    population.addEmail(of: user, to: &part)
    let address = part.bytes.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
    text.add(Digest256.sha256(address).hex)
  }

  /// The phone in one of the spellings that archives have.
  mutating func phone() -> SampleValue {
    guard population.hasPhone(user) else { return isRequired ? text("[REDACTED]") : .null }
    part.removeAll()
    population.addPhoneDigits(of: user, to: &part)
    switch random.below(100) {
    case 0..<76:
      text.add("+")
      text.add(part)
    case 76..<94: text.add(part)
    case 94..<96:
      text.add("00")
      text.add(part)
    default: addSpacedPhone()
    }
    return .text
  }

  private mutating func addSpacedPhone() {
    let isAmerican = part.bytes.first == UInt8(ascii: "1")
    text.add("+")
    for (index, digit) in part.bytes.enumerated() {
      if index == (isAmerican ? 1 : 2) { text.add(" ") }
      if isAmerican && (index == 4 || index == 7) { text.add("-") }
      text.add(digit)
    }
  }

  mutating func channelIdentifier() -> SampleValue { prefersEmail ? email() : phone() }

  mutating func channel() -> SampleValue { text(prefersEmail ? "email" : "sms") }

  mutating func lineID() -> SampleValue {
    population.addLineID(of: user, to: &text)
    return .text
  }

  mutating func scopedID() -> SampleValue {
    population.addScopedID(of: user, to: &text)
    return .text
  }

  /// `wamid.` and base64 of a small message that holds the phone's digits, as WhatsApp makes them.
  mutating func whatsAppMessageID() -> SampleValue {
    part.removeAll()
    population.addPhoneDigits(of: user, to: &part)
    let digits = part.bytes
    part.removeAll()
    part.bytes += [0x1C, 0x18, UInt8(digits.count)] + digits + [0x15, 0x02, 0x00, 0x11, 0x18, 0x12]
    let start = part.bytes.count
    part.add(hex: random.next(), digits: 16)
    part.add(hex: random.next(), digits: 2)
    part.upperCase(from: start)
    part.add(0)
    text.add("wamid.")
    text.add(base64: part.bytes)
    return .text
  }

  mutating func firstName() -> SampleValue { text(population.firstName(of: user).spelled) }

  mutating func lastName() -> SampleValue { text(population.lastName(of: user).spelled) }

  mutating func birthday() -> SampleValue {
    let random = population.hash(.person, user) >> 20
    text.add(decimal: 1950 + Int(random % 56))
    text.add("-")
    text.add(decimal: 1 + Int(random >> 8 % 12), width: 2)
    text.add("-")
    text.add(decimal: 1 + Int(random >> 16 % 28), width: 2)
    return .text
  }

  mutating func gender() -> SampleValue {
    text(["F", "M", "O", "N"][Int(population.hash(.person, user) >> 5 % 4)])
  }

  mutating func country() -> SampleValue { text(population.place(of: user).country) }

  mutating func city() -> SampleValue { text(population.place(of: user).city) }

  mutating func language() -> SampleValue { text(population.place(of: user).language) }

  mutating func timezone() -> SampleValue { isNameless ? .null : text(population.place(of: user).timezone) }

  mutating func locale() -> SampleValue {
    text.add(population.place(of: user).language)
    text.add("-")
    text.add(population.place(of: user).country)
    return .text
  }

  mutating func latitude() -> SampleValue {
    .real(population.place(of: user).latitude + Float(random.below(1000)) / 10_000)
  }

  mutating func longitude() -> SampleValue {
    .real(population.place(of: user).longitude + Float(random.below(1000)) / 10_000)
  }

  mutating func recipientDomain() -> SampleValue {
    part.removeAll()
    population.addEmail(of: user, to: &part)
    let at = part.bytes.firstIndex(of: UInt8(ascii: "@")) ?? 0
    text.bytes.append(contentsOf: part.bytes[(at + 1)...].map { $0 | 0x20 })
    return .text
  }

  /// The bucket of the user, 0 to 9999.
  mutating func bucket() -> SampleValue { .whole(Int(population.hash(.person, user) >> 12 % 10_000)) }
}
