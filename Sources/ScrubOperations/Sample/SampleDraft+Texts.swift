// Text that people and servers wrote, with personal data where one would not look for it.
extension SampleDraft {
  mutating func url() -> SampleValue {
    text.add("https://shop.example.test/offers/")
    text.add(SampleWords.segments[random.below(4)])
    text.add("?utm_source=braze&utm_medium=")
    text.add(type.channel)
    switch random.below(10) {
    case 0..<3:
      part.removeAll()
      population.addEmail(of: user, to: &part)
      text.add("&email=")
      text.add(percentEncoded: part.bytes)
    case 3:
      part.removeAll()
      population.addEmail(of: user, to: &part)
      text.add("&u=")
      text.add(base64: part.bytes)
    case 4:
      text.add("&uid=")
      population.addBrazeID(of: user, to: &text)
    default: text.add("&utm_campaign=may26")
    }
    return .text
  }

  mutating func shortURL() -> SampleValue {
    text.add("https://s.example.test/")
    return newHex(8)
  }

  mutating func endpoint() -> SampleValue { text("https://hooks.example.test") }

  mutating func endpointPath() -> SampleValue {
    text.add("/v2/customers/")
    part.removeAll()
    population.addEmail(of: user, to: &part)
    text.add(percentEncoded: part.bytes)
    text.add("/points?token=")
    return newHex(16)
  }

  mutating func mediaURLs() -> SampleValue {
    for _ in 0...random.below(3) {
      guard random.percent(85) else {
        list.append(nil)
        continue
      }
      part.removeAll()
      part.add("https://media.example.test/inbound/")
      part.add(hex: random.next(), digits: 16)
      part.add(random.percent(50) ? "/photo.jpg" : "/voice%20note.ogg")
      list.append(part.bytes)
    }
    return .list
  }

  mutating func botReasons() -> SampleValue {
    list.append(Array("user_agent".utf8))
    if random.percent(40) { list.append(Array("click_speed".utf8)) }
    return .list
  }

  /// What a person wrote to us.
  mutating func messageBody() -> SampleValue {
    switch random.below(10) {
    case 0..<4:
      return pick(["STOP", "Yes please!", "How late are you open?", "C’est noté, merci 👍", "START"])
    case 4..<6:
      text.add("Hi, this is ")
      text.add(population.firstName(of: user).spelled)
      text.add(", my new address is ")
      _ = email()
    case 6..<8:
      text.add("Bonjour, rappelez-moi au ")
      _ = phone()
      text.add(" après 18 h – ")
      text.add(population.lastName(of: user).spelled)
    case 8:
      text.add("line one\nline \"two\" \\ tab\there ")
      text.add(population.firstName(of: user).spelled)
    default: text.add("Where is my order 48213? It should have come on 2 May.")
    }
    return .text
  }

  /// The words of a mail server, which like to quote the address.
  mutating func bounceReason() -> SampleValue {
    switch random.below(4) {
    case 0: return text("552 5.2.2 Mailbox full (in reply to RCPT TO command)")
    case 1:
      text.add("550 5.1.1 The email account that you tried to reach does not exist: ")
      return email()
    default:
      text.add("550 5.1.1 <")
      _ = email()
      text.add(">: Recipient address rejected: User unknown in virtual mailbox table from 192.0.2.")
      text.add(decimal: random.below(255))
      return .text
    }
  }

  mutating func deferralReason() -> SampleValue {
    text.add("451 4.7.1 Greylisted, try again in 300 seconds <")
    _ = email()
    text.add(">")
    return .text
  }

  mutating func abortLog() -> SampleValue {
    switch random.below(3) {
    case 0: return text("Quiet hours: message would arrive at 23:40 local time")
    case 1:
      text.add("abort_message(\"no consent for ")
      _ = random.percent(50) ? email() : phone()
      text.add("\")")
    default:
      text.add("{% connected_content %} 404 for https://api.example.test/u/")
      population.addBrazeID(of: user, to: &text)
    }
    return .text
  }

  mutating func rawResponse() -> SampleValue {
    text.add(#"{"status":"error","customer":"#)
    addQuotedEmail(of: user)
    text.add(#","message":"duplicate"}"#)
    return .text
  }

  mutating func prompt() -> SampleValue {
    text.add("Write a friendly note about the spring offer")
    if !isNameless {
      text.add(" for ")
      text.add(population.firstName(of: user).spelled)
      text.add(" ")
      text.add(population.lastName(of: user).spelled)
      text.add(" <")
      _ = email()
      text.add(">")
    }
    return .text
  }

  mutating func answer() -> SampleValue {
    text.add("Dear ")
    text.add(isNameless ? "customer" : population.firstName(of: user).spelled)
    text.add(", spring is here: 20 % off in ")
    text.add(population.place(of: user).city)
    return .text
  }
}

// JSON inside a string.
extension SampleDraft {
  /// Properties of a custom event; a few are cut off and so no JSON at all.
  mutating func properties() -> SampleValue {
    let start = text.bytes.count
    let isCutOff = random.perMille(2)
    text.add(#"{"tier":""#)
    text.add(SampleWords.segments[random.below(4)])
    text.add(#"","lang":""#)
    text.add(population.place(of: user).language)
    text.add(#"","cart_id":""#)
    text.add(hex: random.next(), digits: 16)
    text.add(#"","currency":"EUR","is_first_order":false,"items":["#)
    for item in 0...random.below(4) {
      if item > 0 { text.add(",") }
      addItem()
    }
    text.add("]")
    if !isCutOff { addPersonalProperty() }
    text.add(#","source":{"channel":"app","screen":"product_detail","version":"7.2.0"}}"#)
    if isCutOff { text.bytes.removeLast((text.bytes.count - start) / 3) }
    return .text
  }

  private mutating func addItem() {
    text.add(#"{"sku":""#)
    text.add(SampleWords.productIDs[random.below(5)])
    text.add(#"","category":["shoes","running"],"qty":"#)
    text.add(decimal: 1 + random.below(4))
    text.add(#","price":"#)
    text.add(decimal: random.below(200))
    text.add(".")
    text.add(decimal: random.below(100), width: 2)
    text.add("}")
  }

  private mutating func addPersonalProperty() {
    switch random.below(100) {
    case 0..<20:
      text.add(#","email":"#)
      addQuotedEmail(of: user)
    case 20..<30:
      text.add(#","contact":{"name":"#)
      text.add(quoted: Array(population.firstName(of: user).spelled.utf8), wary: random.percent(50))
      text.add(#","email":"#)
      addQuotedEmail(of: user)
      text.add(#","phones":["#)
      part.removeAll()
      part.add("+")
      population.addPhoneDigits(of: user, to: &part)
      text.add(quoted: part.bytes)
      text.add("]}")
    case 30..<33:
      let friend = population.emailOwner((user + 3) % population.users)
      if friend != population.emailOwner(user) { quoted = friend }
      text.add(#","referred_friend":"#)
      addQuotedEmail(of: friend)
    default:
      text.add(#","page":"https://shop.example.test/c/"#)
      text.add(SampleWords.customEvents[random.below(8)])
      text.add(#"?list=recommended&position=3","ref":null"#)
    }
  }

  private mutating func addQuotedEmail(of user: Int) {
    part.removeAll()
    population.addEmail(of: user, to: &part)
    text.add(quoted: part.bytes)
  }

  mutating func messageExtras() -> SampleValue {
    text.add(#"{"tier":""#)
    text.add(SampleWords.segments[random.below(4)])
    text.add(#"","lang":""#)
    text.add(population.place(of: user).language)
    text.add(#"","subject":"#)
    text.add(
      quoted: population.firstName(of: user).spelled + ", your points expire soon – 25 % extra until Sunday")
    text.add(#","customer_email":"#)
    addQuotedEmail(of: user)
    text.add(#","recommended":[""#)
    text.add(SampleWords.productIDs[random.below(5)])
    text.add(#"",""#)
    text.add(SampleWords.productIDs[random.below(5)])
    text.add(#""],"points":"#)
    text.add(decimal: random.below(9000))
    text.add(#","image":"https://cdn.example.test/2026/05/hero-spring-960w.jpg","template_rev":"2026.05.1""#)
    text.add(#","experiment":{"name":"subject_length","arm":"long"}}"#)
    return .text
  }

  mutating func customAttributes() -> SampleValue {
    text.add(#"{"loyalty":{"tier":""#)
    text.add(SampleWords.segments[random.below(4)])
    text.add(#"","card":{"holder":"#)
    text.add(quoted: population.firstName(of: user).spelled)
    text.add(#","contacts":[{"type":"email","value":"#)
    addQuotedEmail(of: user)
    text.add(#"}]}},"favourite_store":"#)
    text.add(quoted: population.place(of: user).city)
    text.add("}")
    return .text
  }

  mutating func toolArguments() -> SampleValue {
    text.add(#"{"action":"lookup_order","args":{"limit":5"#)
    if !isNameless {
      text.add(#","email":"#)
      addQuotedEmail(of: user)
    }
    text.add("}}")
    return .text
  }

  mutating func flowResponse() -> SampleValue {
    text.add(#"{"flow_token":""#)
    text.add(hex: random.next(), digits: 12)
    text.add(#"","name":"#)
    text.add(quoted: population.firstName(of: user).spelled)
    text.add(#","email":"#)
    addQuotedEmail(of: user)
    text.add("}")
    return .text
  }
}
